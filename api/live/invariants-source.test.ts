import { afterAll, beforeAll, expect, test } from 'vitest';
import type { InvariantsView } from '#api/contract.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { openWorld, type World } from '#testing/world.ts';
import { InvariantsSource } from './invariants-source.ts';

let world: World;
let source: InvariantsSource;
let tweetId: number;
beforeAll(async () => {
  world = await openWorld();
  const timelines = { redis: world.timelines, shards: 1, cap: 100 };
  tweetId = await deliverTweet(world.postgres.pool, timelines, { authorId: 1, followers: 5 });
  source = new InvariantsSource({ pool: world.postgres.pool, timelines });
});
afterAll(() => world.close());

/** The next view that a listener gets. */
const heard = (): Promise<InvariantsView> =>
  new Promise((resolve) => {
    const stop = source.listen((view) => {
      stop();
      resolve(view);
    });
  });

test('says what it looked at, and finds the same thing again once it is put right or wrong', async () => {
  const looked = { tweets: 1, timelines: 5, readers: expect.any(Number), waiting: 0 };
  expect(await heard()).toMatchObject({ ...looked, missing: 0, twice: 0, holes: 0 });
  await world.timelines.lpush(timelineKey(3, { shards: 1 }), tweetId);
  expect(await source.look()).toMatchObject({ ...looked, twice: 1 });
  await world.timelines.lrem(timelineKey(3, { shards: 1 }), 1, tweetId);
  expect(await source.look()).toMatchObject({ ...looked, twice: 0 });
});
