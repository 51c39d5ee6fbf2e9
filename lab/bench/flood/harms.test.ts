import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Caller, signIn } from '#lab/clients/session.ts';
import { otherAddress } from '#lab/hostile/intruder.ts';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { eventually } from '#testing/eventually.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { KINDS, waysToHarm } from './harms.ts';
import type { HostilePost, Order } from './order.ts';

let world: World;
let stage: WebStage;
let order: Order;
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  stage = await openWebStage(world, { POSTS_PER_MINUTE: '3' });
  const store = { redis: world.timelines, shards: 1, cap: 800 };
  const tweetId = await deliverTweet(pool, store, { authorId: 1, followers: 10 });
  await addDemoAccount(pool, { id: 9_001, handle: 'intruder' });
  const intruder: Caller = await signIn(stage.url, { id: 9_001, handle: 'intruder' });
  order = {
    ...{ url: stage.url, from: await otherAddress(), intruders: [intruder], tweetIds: [tweetId] },
    ...{ handles: ['user1'], kinds: [...KINDS], share: 1 },
  };
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

it('does harm of every kind, is answered without a mistake, and leaves nothing behind', {
  timeout: 60_000,
}, async () => {
  const over = new AbortController();
  const posts: HostilePost[] = [];
  const ways = waysToHarm(order, over.signal, (post) => posts.push(post));
  const {
    'posts over the rate': post,
    'follows and unfollows': follow,
    'bad JSON': badJson,
    ...others
  } = ways;
  const acting = Object.values(others).map(({ act }) => act(0));
  await eventually(() => expect(stage.web.streams.count).toBeGreaterThan(1));
  await eventually(() => expect(stage.web.halfSent.count(order.from)).toBeGreaterThan(0));
  const posted = [await post.act(0), await post.act(1), await post.act(2), await post.act(3)];
  expect(posted).toEqual(['202', '202', '202', '429']);
  expect(posts.map(({ status }) => status)).toEqual([202, 202, 202, 429]);
  expect([await follow.act(0), await follow.act(1), await badJson.act(0)]).toEqual(['204', '204', '400']);
  over.abort();
  expect(await Promise.all(acting)).not.toContain('500');
  await eventually(() =>
    expect([stage.web.streams.count, stage.web.halfSent.total, stage.web.requests.count]).toEqual([0, 0, 0]),
  );
});
