import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { follow, unfollow } from '#core/followers/follow.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { type ChunksFinished, PROGRESS, readDeliveries } from '#core/ledger/delivery.ts';
import { openRedis } from '#core/redis.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { type DeliveryStage, openDeliveryStage } from '#testing/delivery-stage.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';

let stage: DeliveryStage;
let pool: pg.Pool;
let author = 0;
beforeAll(async () => {
  stage = await openDeliveryStage();
  pool = stage.world.postgres.pool;
});
beforeEach(() => {
  author += 1_000;
});
afterAll(() => stage.close());

it('delivers a small fan-out as one chunk', async () => {
  await stage.audience(author, 7);
  const tweet = await post(pool, author);
  await stage.publish(tweet);
  expect(await stage.delivered(tweet)).toMatchObject({
    expected: 7,
    delivered: 7,
    cold: 0,
    gone: 0,
    chunks: 1,
    chunksDone: 1,
  });
  expect(await stage.readBack(tweet)).toMatchObject({ present: 7, missing: 0, twice: 0 });
});

it('plans a large one in chunks and delivers every one of them once', async () => {
  await stage.audience(author, 95);
  const tweet = await post(pool, author);
  await stage.publish(tweet);
  expect(await stage.delivered(tweet)).toMatchObject({
    delivered: 95,
    chunks: 10,
    chunksDone: 10,
    redeliveries: 0,
  });
  expect(await stage.readBack(tweet)).toMatchObject({
    expected: 95,
    present: 95,
    cold: 0,
    gone: 0,
    missing: 0,
    twice: 0,
  });
});
it('counts timelines that do not exist as cold, and their owners find the tweet all the same', async () => {
  const followers = await stage.audience(author, 25, 5);
  const tweet = await post(pool, author);
  await stage.publish(tweet);
  expect(await stage.delivered(tweet)).toMatchObject({ delivered: 20, cold: 5 });
  const [reader = 0] = followers;
  const stores = { pool, timelines: stage.timelines };
  expect((await readHome(stores, { userId: reader, limit: 1 })).tweets[0]?.id).toBe(tweet);
  expect(await stage.readBack(tweet)).toMatchObject({ present: 21, cold: 4, missing: 0, twice: 0 });
});

it('counts those who unfollowed before their chunk came as gone', async () => {
  const followers = await stage.audience(author, 25);
  const tweet = await post(pool, author);
  for (const followerId of followers.slice(0, 3)) await unfollow(pool, { followerId, followeeId: author });
  await stage.publish(tweet);
  expect(await stage.delivered(tweet)).toMatchObject({ expected: 25, delivered: 22, cold: 0, gone: 3 });
  expect(await stage.readBack(tweet)).toMatchObject({ present: 22, gone: 3, missing: 0 });
});

it('delivers nothing to those who followed after the tweet: they have it by the backfill, once', async () => {
  await stage.audience(author, 5);
  const tweet = await post(pool, author);
  const late = author + 500;
  await addUsers(pool, [late]);
  await addFollowers(pool, author, [late]);
  await stage.publish(tweet);
  expect(await stage.delivered(tweet)).toMatchObject({ expected: 5, delivered: 5 });
  const stores = { pool, timelines: stage.timelines };
  const home = await readHome(stores, { userId: late, limit: 5 });
  expect(home.tweets.map((each) => each.id)).toEqual([tweet]);
});

it('delivers nothing of a deleted tweet, however late its messages come', async () => {
  const [reader = 0] = await stage.audience(author, 25);
  const tweet = await post(pool, author);
  await deleteTweet(pool, author, tweet);
  await stage.publish(tweet);
  await stage.settled();
  expect(await readDeliveries(pool, [tweet])).toMatchObject([{ state: 'cancelled', delivered: 0 }]);
  const stores = { pool, timelines: stage.timelines };
  expect((await readHome(stores, { userId: reader, limit: 5 })).tweets).toEqual([]);
});

it('tells each range of followers once, after the ledger has its counts', async () => {
  const followers = await stage.audience(author, 95);
  const heard: ChunksFinished[] = [];
  const counted: Promise<void>[] = [];
  const ear = openRedis(stage.world.timelineRedisUrl, 'ear');
  ear.on('message', (_channel, message) => {
    const hint = PROGRESS.parse(message);
    if (hint?.kind !== 'finished' || hint.delivery.authorId !== author) return;
    heard.push(hint);
    counted.push(expectCounted(hint));
  });
  await ear.subscribe(PROGRESS.nameOn(ear));
  const tweet = await post(pool, author);
  await stage.publish(tweet);
  await stage.delivered(tweet);
  const ranges = () => heard.flatMap((hint) => hint.ranges);
  await eventually(() => expect(ranges()).toHaveLength(10));
  ear.disconnect();
  const told = ranges().flatMap(({ fromId, toId }) => range(fromId, toId));
  for (const follower of followers) expect(told.filter((id) => id === follower)).toHaveLength(1);
  expect(new Set(heard.map(({ delivery }) => delivery.tweetId))).toEqual(new Set([tweet]));
  await Promise.all(counted);
});

async function expectCounted({ delivery, ranges }: ChunksFinished): Promise<void> {
  const chunks = await readChunks(pool, delivery.tweetId);
  for (const { fromId } of ranges)
    expect(chunks.find((chunk) => chunk.fromId === fromId)).toMatchObject({ state: 'delivered' });
}

it('packs the followers behind a large fan-out, and the next one reaches all who follow by then', async () => {
  const followers = await stage.audience(author, 95);
  const first = await post(pool, author);
  await stage.publish(first);
  await stage.delivered(first);
  await eventually(async () => expect(await packedFollowers()).toBe(95));
  const [left = 0] = followers;
  const [before, after] = [author + 501, author + 502];
  await addUsers(pool, [before, after]);
  await unfollow(pool, { followerId: left, followeeId: author });
  await follow(pool, { followerId: before, followeeId: author });
  const second = await post(pool, author);
  await follow(pool, { followerId: after, followeeId: author });
  await stage.publish(second);
  expect(await stage.delivered(second)).toMatchObject({ expected: 95, delivered: 94, cold: 1, chunks: 10 });
  expect(await stage.readBack(second)).toMatchObject({ present: 94, cold: 1, missing: 0, twice: 0 });
});

async function packedFollowers(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    'SELECT coalesce(sum(count), 0)::int AS count FROM follower_pack WHERE followee_id = $1',
    [author],
  );
  return rows[0]?.count ?? 0;
}
