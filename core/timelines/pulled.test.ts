import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { follow, unfollow } from '#core/followers/follow.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { idRow, readRows } from '#core/rows.ts';
import { forcePull } from '#core/tweets/force-pull.ts';
import { TweetPoster } from '#core/tweets/post-statement.ts';
import { type PostLimits, postBy, postTweet, UNLIMITED } from '#core/tweets/post-tweet.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { HomeReader } from './home-reader.ts';
import { readHome, readHomeFromPostgres } from './home-timeline.ts';
import { readTimeline } from './read-timeline.ts';
import { settleOnce } from './settle.ts';
import { packId, pushChunk, type TimelineStore, timelineKey } from './timeline.ts';

let world: World;
let timelines: TimelineStore;
let [author, other, reader] = [1, 2, 3]; // every test has people of its own
let home: HomeReader;
beforeAll(async () => {
  world = await openWorld({ breaks: PUSHED_BY_HAND });
  timelines = { redis: world.timelines, shards: 1, cap: 12 };
  await settleOnce(pool(), timelines);
});
beforeEach(async () => {
  [author, other, reader] = [author + 10, other + 10, reader + 10];
  await addUsers(pool(), range(author, author + 9));
  for (const followeeId of [author, other]) await addFollowers(pool(), followeeId, [reader]);
  await readHome(stores(), { userId: reader, limit: 1 }); // warm
  home = new HomeReader(stores()); // which has not heard of any pulled tweet
});
afterAll(() => world.close());

const PUSHED_BY_HAND = [
  'delivered + cold + gone + pulled = expected once a fan-out is delivered',
  'a fan-out is delivered when all its chunks are',
];

const pool = () => world.postgres.pool;
const stores = () => ({ pool: pool(), timelines });
const pull = (by = author, seconds = 60) => forcePull(pool(), `user${by}`, seconds);
const pushAgain = (by = author) => pull(by, 0);
const times = async (count: number, run: () => Promise<number>) => {
  const ids: number[] = [];
  for (const _ of range(1, count)) ids.unshift(await run());
  return ids;
};

/** Posts, and delivers what is not pulled to the reader alone. */
async function send(by = author): Promise<number> {
  const tweetId = await post(pool(), by);
  const [delivery] = await readDeliveries(pool(), [tweetId]);
  if (delivery?.pulled === 0) {
    await pushChunk(timelines, { tweetId, chunk: 0, shard: 0, followers: packId(reader) });
    await pool().query(`UPDATE fan_out SET state = 'delivered', finished_at = now() WHERE tweet_id = $1`, [
      tweetId,
    ]);
  }
  return tweetId;
}

/** What the reader must see, as Postgres knows it without any word about push or pull. */
async function owed(): Promise<number[]> {
  const rows = await readRows(pool(), idRow, {
    text: `SELECT id FROM tweet WHERE deleted_at IS NULL
      AND (author_id = $1 OR author_id IN (SELECT followee_id FROM follow WHERE follower_id = $1)) ORDER BY id DESC`,
    values: [reader],
  });
  return rows.map(({ id }) => id);
}

type Read = (request: { userId: number; limit: number; before?: number }) => ReturnType<typeof readHome>;

async function pagesBy(read: Read, limit = 7): Promise<number[]> {
  const ids: number[] = [];
  for (let before: number | null | undefined; before !== null; ) {
    const page = await read({ userId: reader, limit, ...(before !== undefined && { before }) });
    ids.push(...page.tweets.map(({ id }) => id));
    before = page.next;
  }
  return ids;
}

/** Both ways of reading, page by page to the end, give all that is owed, in order and once. */
async function expectWhole(): Promise<void> {
  const all = await owed();
  expect(await pagesBy((request) => home.read(request))).toEqual(all);
  expect(await pagesBy((request) => readHome(stores(), request))).toEqual(all);
}

async function warm() {
  const found = await readTimeline(timelines, reader);
  if (found.outcome !== 'warm') throw new Error(`Expected a warm timeline, it is ${found.outcome}`);
  return found;
}

it('closes a pulled tweet at once, in no timeline and no backlog, and shows it at the next look', async () => {
  const before = await send();
  expect((await home.read({ userId: reader, limit: 5 })).tweets.map(({ id }) => id)).toEqual([before]);
  await pull();
  const posted = await postTweet(pool(), { authorId: author, text: 'Hello', idempotencyKey: 'a key of it' });
  const again = await postTweet(pool(), { authorId: author, text: 'Hello', idempotencyKey: 'a key of it' });
  if (posted.outcome !== 'posted') throw new Error(posted.outcome);
  expect(again).toEqual({ ...posted, replayed: true });
  const { tweetId } = posted.delivery;
  const [delivery] = await readDeliveries(pool(), [tweetId]);
  expect(posted.delivery).toMatchObject({ state: 'delivered', expected: 1, pulled: 1, delivered: 0 });
  expect(delivery).toMatchObject({ state: 'delivered', expected: 1, pulled: 1, chunks: 0 });
  expect(delivery?.finishedAt).toBe(posted.delivery.finishedAt);
  expect((await warm()).ids).toEqual([before]);
  const page = await home.read({ userId: reader, limit: 5 });
  expect(page.tweets.map(({ id }) => id)).toEqual([tweetId, before]);
  expect(page.source).toBe('timeline');
});

it('goes back and forth between push and pull without a gap, on both sides of the floor', async () => {
  for (const turn of range(1, 6)) {
    await (turn % 2 === 0 ? pull() : pushAgain());
    await times(6, () => send());
    await times(2, () => send(other));
    if (turn === 3) await timelines.redis.del(timelineKey(reader, { shards: 1 })); // a rebuild gives it a floor
    await expectWhole();
  }
  await post(pool(), reader);
  await expectWhole();
  const { floor } = await warm();
  expect(floor).toBeGreaterThan((await owed()).at(-1) ?? 0); // the last pages lay below it
});

it('keeps a tweet pushed that was planned for it before its author is pulled', async () => {
  const late = await post(pool(), author);
  await pull();
  const pulled = await send();
  expect(await pagesBy((request) => home.read(request))).toEqual([pulled]);
  await pushChunk(timelines, { tweetId: late, chunk: 0, shard: 0, followers: packId(reader) });
  await expectWhole();
});

it('shows what is pulled once after a rebuild, and from Postgres alone', async () => {
  await pull();
  await times(10, () => send());
  await pushAgain();
  await times(10, () => send());
  await timelines.redis.del(timelineKey(reader, { shards: 1 }));
  await expectWhole(); // the first look rebuilds it, with both kinds
  await pull();
  await times(3, () => send());
  await expectWhole();
  expect(await pagesBy((request) => readHomeFromPostgres(pool(), request))).toEqual(await owed());
});

it('shows a new follower what was pulled before and after the follow, once, and nothing after unfollowing', async () => {
  const celebrity = author + 5;
  await pull(celebrity);
  await times(5, () => send(celebrity));
  await expectWhole();
  await follow(pool(), { followerId: reader, followeeId: celebrity });
  await times(5, () => send(celebrity));
  await expectWhole(); // backfills
  expect((await warm()).ids).toHaveLength(5);
  await unfollow(pool(), { followerId: reader, followeeId: celebrity });
  await expectWhole();
  expect(await pagesBy((request) => home.read(request))).toEqual([]);
});
const limits = (pullAboveS: number | undefined): PostLimits => ({ ...UNLIMITED, pullAboveS });

/** Posts with this setting, and says how many followers pull. */
async function pulledAbove(pullAboveS: number | undefined): Promise<number | string> {
  const draft = { authorId: author, text: 'Hello', idempotencyKey: crypto.randomUUID() };
  const posted = await postBy(new TweetPoster(pool()), draft, limits(pullAboveS));
  return posted.outcome === 'posted' ? posted.delivery.pulled : posted.outcome;
}

it('pulls when a fan-out would hold the stores for longer than the setting, and pushes again at half of it', async () => {
  await pool().query('UPDATE backlog SET rate = 401'); // a tweet to one takes a second
  const found: unknown[] = [];
  for (const above of [undefined, 1.1, 0.9, 1.1, 1.9, 2.1, 1.1, 0.9, undefined])
    found.push(await pulledAbove(above));
  expect(found).toEqual([0, 0, 1, 1, 1, 0, 0, 1, 0]);
  await pool().query('UPDATE backlog SET rate = 0');
});
