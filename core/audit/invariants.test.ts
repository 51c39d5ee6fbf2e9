import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { timelineKey } from '#core/timelines/timeline.ts';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { openWorld, type World } from '#testing/world.ts';
import { checkTweet, holesOf, lateTweets, readWaiting } from './invariants.ts';

let world: World;
let stores: { pool: World['postgres']['pool']; timelines: TimelineStore };
let tweetId: number;
beforeAll(async () => {
  world = await openWorld();
  stores = { pool: world.postgres.pool, timelines: { redis: world.timelines, shards: 1, cap: 100 } };
  tweetId = await deliverTweet(stores.pool, stores.timelines, { authorId: 1, followers: 6 });
});
afterAll(() => world.close());

const [FIRST, LAST] = [2, 7]; // followers
/** Dice that look at the first and the last follower. */
const ends = () => {
  const places = [0, 1, 1];
  return { random: () => places.pop() ?? 0 };
};

test('a tweet that is where it should be has nothing missing, twice or as a hole', async () => {
  expect(await checkTweet(stores, tweetId, ends())).toEqual({
    ...{ tweetId, expected: 6, missing: 0, twice: 0, readers: 2, holes: 0 },
  });
  expect(await lateTweets(stores.pool, { seconds: 600, most: 6 })).toEqual([tweetId]);
  expect(await lateTweets(stores.pool, { seconds: 600, most: 5 })).toEqual([]);
  expect(await readWaiting(stores.pool)).toBe(0);
});

test('a timeline that lacks it, and a reader who does not see it, are counted', async () => {
  const key = timelineKey(FIRST, { shards: 1 });
  await world.timelines.lrem(key, 1, tweetId);
  expect(await checkTweet(stores, tweetId, ends())).toMatchObject({ missing: 1, twice: 0, holes: 1 });
  expect(await holesOf(stores, FIRST)).toEqual([tweetId]);
  expect(await holesOf(stores, LAST)).toEqual([]);
  await world.timelines.lpush(key, tweetId);
});

test('a timeline that holds it twice is counted', async () => {
  const key = timelineKey(LAST, { shards: 1 });
  await world.timelines.lpush(key, tweetId);
  expect(await checkTweet(stores, tweetId, ends())).toMatchObject({ missing: 0, twice: 1, holes: 0 });
  await world.timelines.lrem(key, 1, tweetId);
});

test('a tweet that was deleted is no hole, and one that is not there is not checked', async () => {
  const key = timelineKey(FIRST, { shards: 1 });
  await world.timelines.lrem(key, 1, tweetId);
  await stores.pool.query('UPDATE tweet SET deleted_at = now() WHERE id = $1', [tweetId]);
  expect(await holesOf(stores, FIRST)).toEqual([]);
  expect(await lateTweets(stores.pool, { seconds: 600, most: 6 })).toEqual([]);
  expect(await checkTweet(stores, 4711)).toBeNull();
});
