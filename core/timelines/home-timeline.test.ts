import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { follow, unfollow } from '#core/followers/follow.ts';
import { transaction } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { backfill } from '#core/timelines/backfill.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { whenAsked } from '#testing/when-asked.ts';
import { openWorld, type World } from '#testing/world.ts';
import { readHome } from './home-timeline.ts';
import { readTimeline } from './read-timeline.ts';
import { lockForRepair } from './repair-lock.ts';
import { settleOnce } from './settle.ts';
import { epochKey, packId, pushChunk, type TimelineStore, timelineKey } from './timeline.ts';

let world: World;
let timelines: TimelineStore;
let user = 0; // every test has people of its own
beforeAll(async () => {
  world = await openWorld({
    breaks: [
      'delivered + cold + gone + pulled = expected once a fan-out is delivered',
      'a fan-out counts what its chunks count',
      'a fan-out is delivered when all its chunks are',
    ],
  });
  timelines = { redis: world.timelines, shards: 1, cap: 100 };
  await settleOnce(world.postgres.pool, timelines);
});
beforeEach(async () => {
  user += 10;
  await addUsers(world.postgres.pool, range(user, user + 9));
});
afterAll(() => world.close());

const stores = () => ({ pool: world.postgres.pool, timelines });
const idsOf = async (userId: number, request: { before?: number; limit?: number } = {}) =>
  (await readHome(stores(), { userId, limit: 20, ...request })).tweets.map((tweet) => tweet.id);
const warm = async (userId: number) => {
  const found = await readTimeline(timelines, userId);
  if (found.outcome !== 'warm') throw new Error(`The timeline is ${found.outcome}`);
  return found;
};
const deliver = async (tweetId: number, userId: number) => {
  await pushChunk(timelines, { tweetId, chunk: 0, shard: 0, followers: packId(userId) });
  await world.postgres.pool.query(
    `UPDATE fan_out SET state = 'delivered', finished_at = now() WHERE tweet_id = $1`,
    [tweetId],
  );
};

it('rebuilds a cold timeline from Postgres when its owner reads', async () => {
  const [author, reader] = [user, user + 1];
  await addFollowers(world.postgres.pool, author, [reader]);
  const tweets = [await post(world.postgres.pool, author), await post(world.postgres.pool, author)];
  for (const tweet of tweets) await deliver(tweet, reader);
  expect(await readTimeline(timelines, reader)).toEqual({ outcome: 'cold' });
  expect(await idsOf(reader)).toEqual([...tweets].reverse());
  expect((await warm(reader)).ids).toEqual([...tweets].reverse());
});

it('gives the same pages with the timeline store away, and says that they come from Postgres', async () => {
  const [author, reader] = [user, user + 1];
  await addFollowers(world.postgres.pool, author, [reader]);
  for (const _ of range(1, 5)) await deliver(await post(world.postgres.pool, author), reader);
  const withStore = await readHome(stores(), { userId: reader, limit: 3 });
  const redis = openRedis('redis://127.0.0.1:1', 'away');
  const without = await readHome(
    { ...stores(), timelines: { ...timelines, redis } },
    { userId: reader, limit: 3 },
  );
  redis.disconnect();
  expect(without.tweets).toEqual(withStore.tweets);
  expect([withStore.source, without.source]).toEqual(['timeline', 'postgres']);
});

it('knows that there is more although a tweet of the page is deleted while it is read', async () => {
  const [author, reader] = [user, user + 1];
  const { pool } = world.postgres;
  await addFollowers(pool, author, [reader]);
  const tweets: number[] = [];
  for (const _ of range(1, 6)) tweets.unshift(await post(pool, author));
  await world.timelines.del(epochKey('0')); // so that everything is read from Postgres
  const page = await readHome(
    { ...stores(), pool: whenAsked(pool, /LATERAL/, () => deleteTweet(pool, author, tweets[1] ?? 0)) },
    { userId: reader, limit: 3 },
  );
  await settleOnce(pool, timelines);
  expect(page.tweets.map((tweet) => tweet.id)).toEqual([tweets[0], tweets[2], tweets[3]]);
  expect(page.next).toBe(tweets[3]);
});

it('shows an own tweet at once, before any worker has seen it', async () => {
  const [reader] = [user];
  const tweet = await post(world.postgres.pool, reader);
  expect(await idsOf(reader)).toEqual([tweet]);
});

it('pages from the newest to the first tweet across the floor, each once', async () => {
  const [author, reader] = [user, user + 1];
  const { pool } = world.postgres;
  await addFollowers(pool, author, [reader]);
  await idsOf(reader); // warm
  const all: number[] = [];
  // More of the reader's own tweets than a page holds lie below the floor.
  for (const _ of range(1, 20)) all.unshift(await post(pool, reader));
  for (const _ of range(1, 230)) {
    const tweet = await post(pool, author);
    await deliver(tweet, reader);
    all.unshift(tweet);
  }
  expect((await warm(reader)).floor).toBeGreaterThan(all.at(-1) ?? 0);
  const seen: number[] = [];
  const sources = new Set<string>();
  for (let before: number | undefined; ; ) {
    const page = await readHome(stores(), { userId: reader, limit: 7, ...(before && { before }) });
    seen.push(...page.tweets.map((tweet) => tweet.id));
    sources.add(page.source);
    if (page.next === null) break;
    before = page.next;
  }
  expect(seen).toEqual(all);
  expect(sources).toEqual(new Set(['timeline', 'postgres']));
});

it('drops deleted tweets and unfollowed authors when reading, and still fills the page', async () => {
  const [author, other, reader] = [user, user + 1, user + 2];
  const { pool } = world.postgres;
  await addFollowers(pool, author, [reader]);
  await addFollowers(pool, other, [reader]);
  const kept: number[] = [];
  for (const n of range(1, 12)) {
    const tweet = await post(pool, n % 3 === 0 ? other : author);
    await deliver(tweet, reader);
    if (n % 3 === 1) kept.unshift(tweet);
    if (n % 3 === 2) await deleteTweet(pool, author, tweet);
  }
  await idsOf(reader);
  await unfollow(pool, { followerId: reader, followeeId: other });
  expect(await idsOf(reader, { limit: 4 })).toEqual(kept);
});

it('brings the earlier tweets of somebody newly followed, also when the process died before its backfill', async () => {
  const [author, reader] = [user, user + 1];
  const { pool } = world.postgres;
  const earlier = await post(pool, author);
  await idsOf(reader); // warm and empty
  await follow(pool, { followerId: reader, followeeId: author });
  expect(await idsOf(reader)).toEqual([earlier]);
});

it('brings them from Postgres while somebody has the lock of the repair, so that they cannot be merged', async () => {
  const [author, reader] = [user, user + 1];
  const { pool } = world.postgres;
  const earlier = await post(pool, author);
  await idsOf(reader); // warm and empty
  await follow(pool, { followerId: reader, followeeId: author });
  await transaction(pool, async (client) => {
    expect(await lockForRepair(client, 0)).toBe(true);
    expect(await idsOf(reader)).toEqual([earlier]);
  });
  expect((await warm(reader)).ids).toEqual([]);
  expect(await idsOf(reader)).toEqual([earlier]);
  expect((await warm(reader)).ids).toEqual([earlier]);
});

it('brings them from Postgres when a restored store has lost them between their backfill and the read', async () => {
  const [author, reader] = [user, user + 1];
  const { pool } = world.postgres;
  const earlier = await post(pool, author);
  await follow(pool, { followerId: reader, followeeId: author });
  expect(await idsOf(reader)).toEqual([earlier]);
  let times = 0;
  const restored = whenAsked(pool, /backfilled_at IS NULL/, async () => {
    if (++times > 1) return;
    await timelines.redis.lrem(timelineKey(reader, { shards: 1 }), 1, earlier);
    await pool.query('UPDATE follow SET backfilled_at = NULL WHERE follower_id = $1', [reader]);
  });
  const page = await readHome({ pool: restored, timelines }, { userId: reader, limit: 20 });
  expect(page.tweets.map((tweet) => tweet.id)).toEqual([earlier]);
});

it('holds every tweet once after unfollowing, missing some, and following again', async () => {
  const [author, reader] = [user, user + 1];
  const { pool } = world.postgres;
  await follow(pool, { followerId: reader, followeeId: author });
  const before = await post(pool, author);
  await idsOf(reader);
  await deliver(before, reader);
  await unfollow(pool, { followerId: reader, followeeId: author });
  const meanwhile = await post(pool, author);
  await follow(pool, { followerId: reader, followeeId: author });
  await backfill(pool, timelines, reader);
  await backfill(pool, timelines, reader);
  expect((await warm(reader)).ids).toEqual([meanwhile, before]);
  expect(await timelines.redis.llen(timelineKey(reader, { shards: 1 }))).toBe(3);
});

it('shows no hole and nothing twice when a rebuild meets a chunk at any moment', async () => {
  const [author, reader] = [user, user + 1];
  const { pool } = world.postgres;
  await addFollowers(pool, author, [reader]);
  for (const _ of range(1, 30)) {
    await timelines.redis.del(timelineKey(reader, { shards: 1 }));
    const tweet = await post(pool, author);
    await pool.query(
      `INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected) VALUES ($1, 0, 0, $2, $2, 1)`,
      [tweet, reader],
    );
    await Promise.all([
      idsOf(reader),
      pushChunk(timelines, { tweetId: tweet, chunk: 0, shard: 0, followers: packId(reader) }),
      idsOf(reader),
    ]);
    await idsOf(reader);
    const entries = await timelines.redis.lrange(timelineKey(reader, { shards: 1 }), 0, -1);
    expect(entries.filter((entry) => Number(entry) === tweet)).toHaveLength(1);
  }
});
