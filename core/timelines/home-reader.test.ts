import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { follow, unfollow } from '#core/followers/follow.ts';
import { openRedis } from '#core/redis.ts';
import { backfill } from '#core/timelines/backfill.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { addUsers, post } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { HomeReader } from './home-reader.ts';
import { readHome } from './home-timeline.ts';
import { settleOnce } from './settle.ts';
import { packId, pushChunk, type TimelineStore } from './timeline.ts';

let world: World;
let timelines: TimelineStore;
let [author, other, reader] = [1, 2, 3]; // every test has people of its own
beforeAll(async () => {
  world = await openWorld();
  timelines = { redis: world.timelines, shards: 1, cap: 100 };
  await settleOnce(pool(), timelines);
});
beforeEach(async () => {
  [author, other, reader] = [author + 10, other + 10, reader + 10];
  await addUsers(pool(), [author, other, reader]);
  for (const followeeId of [author, other]) await follow(pool(), { followerId: reader, followeeId });
  await readHome(stores(), { userId: reader, limit: 1 }); // warm
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const stores = () => ({ pool: pool(), timelines });
const openReader = (bytes?: number) => new HomeReader({ ...stores(), ...(bytes !== undefined && { bytes }) });

/** Writes tweets of an author, the newest first. */
async function write(count: number, by = author): Promise<number[]> {
  const { rows } = await pool().query<{ id: number }>(
    `INSERT INTO tweet (id, author_id, text) SELECT nextval('tweet_id_seq'), $1, 'Tweet' FROM generate_series(1, $2)
     RETURNING id`,
    [by, count],
  );
  return rows.map(({ id }) => id).sort((a, b) => b - a);
}

/** Pushes onto the reader's timeline in this order, the first one first. */
async function push(ids: number[]): Promise<void> {
  const followers = packId(reader);
  await Promise.all(ids.map((tweetId) => pushChunk(timelines, { tweetId, chunk: 0, shard: 0, followers })));
}

async function deliver(count: number, by = author): Promise<number[]> {
  const ids = await write(count, by);
  await push([...ids].reverse());
  return ids;
}

async function idsOf(home: HomeReader, request: { before?: number; limit?: number } = {}): Promise<number[]> {
  const page = await home.read({ userId: reader, limit: 20, ...request });
  expect(page.source).toBe('timeline');
  return page.tweets.map((tweet) => tweet.id);
}

/** A pool that does something before each statement of such a name begins. */
function before(
  like: RegExp,
  first: (times: number, name: string) => Promise<unknown>,
): World['postgres']['pool'] {
  let times = 0;
  const query = async (statement: string | { name: string; text: string }, values?: unknown[]) => {
    const name = typeof statement === 'object' ? statement.name : statement;
    if (like.test(name)) await first(++times, name);
    return typeof statement === 'object' ? pool().query(statement) : pool().query(statement, values);
  };
  return Object.assign(Object.create(pool()), { query, connect: () => pool().connect() });
}

function gate(): { opened: Promise<void>; open(): void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

it('gives a page as an object and as text, and says what comes next', async () => {
  const ids = await deliver(5);
  const home = openReader();
  const page = await home.read({ userId: reader, limit: 3 });
  expect(page).toEqual(await readHome(stores(), { userId: reader, limit: 3 }));
  expect(page.next).toBe(ids[2]);
  const text = await home.readText({ userId: reader, limit: 3 });
  expect({ ...text, tweets: JSON.parse(Buffer.from(text.tweets, 'latin1').toString()) }).toEqual(page);
});
it('never shows what another process deleted', async () => {
  const [home, elsewhere] = [openReader(), openReader()];
  const ids = await deliver(20);
  await Promise.all([idsOf(home), idsOf(elsewhere)]);
  for (const id of ids.slice(0, 5)) {
    await deleteTweet(pool(), author, id);
    const rest = ids.filter((each) => each < id);
    expect(await Promise.all([idsOf(home), idsOf(elsewhere)])).toEqual([rest, rest]);
  }
});

it('never shows whom another process has unfollowed, and shows him again when he is followed again', async () => {
  const [home, elsewhere] = [openReader(), openReader()];
  const kept = await deliver(3);
  const gone = await deliver(3, other);
  await Promise.all([idsOf(home), idsOf(elsewhere)]);
  await unfollow(pool(), { followerId: reader, followeeId: other });
  expect(await idsOf(home)).toEqual(kept);
  expect(await idsOf(elsewhere)).toEqual(kept);
  const meanwhile = await write(2, other); // reach nobody by fan-out
  await follow(pool(), { followerId: reader, followeeId: other });
  expect(await idsOf(elsewhere)).toEqual([...meanwhile, ...gone, ...kept]);
  expect(await idsOf(home)).toEqual([...meanwhile, ...gone, ...kept]);
});

it('shows an own tweet at once, whichever process took it, among others and as the only one', async () => {
  const home = openReader();
  expect(await idsOf(home)).toEqual([]);
  const first = await post(pool(), reader);
  expect(await idsOf(home)).toEqual([first]);
  const [between] = await deliver(1);
  const second = await post(pool(), reader);
  const ids = [second, between, first];
  expect(await idsOf(home)).toEqual(ids);
  expect(await idsOf(home, { limit: 1 })).toEqual([second]);
  expect(await idsOf(home, { limit: 1, before: between ?? 0 })).toEqual([first]);
  await deleteTweet(pool(), reader, second);
  expect(await idsOf(home)).toEqual([between, first]);
});

it('shows an own tweet that was committed after a newer one of the same author', async () => {
  const home = openReader();
  const client = await pool().connect();
  await client.query('BEGIN');
  const { rows } = await client.query<{ id: number }>(
    `INSERT INTO tweet (id, author_id, text) VALUES (nextval('tweet_id_seq'), $1, 'Slow') RETURNING id`,
    [reader],
  );
  const newer = await post(pool(), reader);
  expect(await idsOf(home)).toEqual([newer]);
  await client.query('COMMIT');
  client.release();
  expect(await idsOf(home)).toEqual([newer, rows[0]?.id]);
});

it('loses nothing between pages while older tweets are pushed after newer ones', async () => {
  const home = openReader();
  const late = await write(40);
  const early = await deliver(12);
  const seen: number[] = [];
  for (let below: number | undefined; ; ) {
    const page = await home.read({ userId: reader, limit: 4, ...(below && { before: below }) });
    seen.push(...page.tweets.map((tweet) => tweet.id));
    if (page.next === null) break;
    below = page.next;
    await push(late.splice(0, 20)); // newest first, so that they lie the wrong way round
  }
  expect(seen.slice(0, 12)).toEqual(early);
  expect(seen).toHaveLength(52);
  expect(seen).toEqual([...seen].sort((a, b) => b - a));
});

it('may show a tweet to who asked before its deletion, and does not to who asked after it', async () => {
  const ids = await deliver(3);
  const [begun, held] = [gate(), gate()];
  const holding = before(/home/, async (times) => {
    if (times !== 3) return;
    begun.open();
    await held.opened;
  });
  const home = new HomeReader({ pool: holding, timelines });
  await idsOf(home);
  const asked = idsOf(home);
  await begun.opened;
  await deleteTweet(pool(), author, ids[0] ?? 0);
  const askedAfter = idsOf(home);
  held.open();
  expect(ids).toEqual(expect.arrayContaining(await asked));
  expect(await askedAfter).toEqual(ids.slice(1));
});

it('brings the earlier tweets of somebody whose backfill falls between timeline and statement', async () => {
  const newcomer = author + 5;
  await addUsers(pool(), [newcomer]);
  const earlier = await write(2, newcomer);
  let isRacing = false;
  const raced = before(/home/, async () => {
    if (isRacing) await backfill(pool(), timelines, reader);
    isRacing = false;
  });
  const home = new HomeReader({ pool: raced, timelines });
  expect(await idsOf(home)).toEqual([]);
  await follow(pool(), { followerId: reader, followeeId: newcomer });
  isRacing = true;
  expect(await idsOf(home)).toEqual(earlier);
});

it('backfills somebody newly followed whom nobody has backfilled', async () => {
  const newcomer = author + 5;
  await addUsers(pool(), [newcomer]);
  const earlier = await write(2, newcomer);
  const home = openReader();
  expect(await idsOf(home)).toEqual([]);
  await follow(pool(), { followerId: reader, followeeId: newcomer });
  expect(await idsOf(home)).toEqual(earlier);
});

it('forgets everything when what it missed was pruned, or the log was restored to an older one', async () => {
  const ids = await deliver(3);
  const [slept, restored] = [openReader(), openReader()];
  await deleteTweet(pool(), author, (await write(1))[0] ?? 0);
  await Promise.all([idsOf(slept), idsOf(restored)]);
  await deleteTweet(pool(), author, ids[0] ?? 0);
  await deleteTweet(pool(), author, (await write(1))[0] ?? 0);
  await pool().query('DELETE FROM home_change WHERE version < (SELECT max(version) FROM home_change)');
  expect(await idsOf(slept)).toEqual(ids.slice(1));
  // Versions that were seen come again, and this time they say something else.
  await deleteTweet(pool(), author, (await write(1))[0] ?? 0);
  await idsOf(restored);
  await pool().query('DELETE FROM home_change WHERE version = (SELECT max(version) FROM home_change)');
  await deleteTweet(pool(), author, ids[1] ?? 0);
  for (let times = 0; times < 3; times++) {
    expect(await idsOf(restored)).toEqual(ids.slice(2));
    await deleteTweet(pool(), author, (await write(1))[0] ?? 0);
  }
});
it('shows the new name of an author', async () => {
  await deliver(1);
  const home = openReader();
  await idsOf(home);
  await pool().query(`UPDATE "user" SET name = 'Somebody else' WHERE id = $1`, [author]);
  const { tweets } = await home.read({ userId: reader, limit: 1 });
  expect(tweets[0]?.author.name).toBe('Somebody else');
});

it('gives the same page from Postgres while the store is away', async () => {
  await deliver(5);
  const redis = openRedis('redis://127.0.0.1:1', 'away');
  const home = new HomeReader({ pool: pool(), timelines: { ...timelines, redis } });
  const page = await home.read({ userId: reader, limit: 3 });
  redis.disconnect();
  expect(page.source).toBe('postgres');
  expect(page.tweets).toEqual((await openReader().read({ userId: reader, limit: 3 })).tweets);
});

it('rebuilds a timeline that somebody dropped, and shows what was posted meanwhile', async () => {
  const ids = await deliver(3);
  const home = openReader();
  await idsOf(home);
  await timelines.redis.flushdb();
  await settleOnce(pool(), timelines);
  const meanwhile = await write(1);
  expect(await idsOf(home)).toEqual([...meanwhile, ...ids]);
});

it('goes on from an id without a gap, from the timeline or, when there is more than a page, from Postgres', async () => {
  const home = openReader();
  const ids = await deliver(5); // the newest first
  await deleteTweet(pool(), author, ids[3] ?? 0);
  const [e, d, c, , a = 0] = ids;
  const above = async (after: number, limit: number, before?: number) =>
    (await home.readAbove({ userId: reader, after, limit, ...(before !== undefined && { before }) })).map(
      ({ id }) => id,
    );
  expect(await above(a, 20)).toEqual([e, d, c]);
  expect(await above(a, 2)).toEqual([d, c]);
  expect(await above(0, 2)).toEqual([c, a]);
  expect(await above(a, 1, e)).toEqual([c]);
  expect(await above(e ?? 0, 2)).toEqual([]);
  await unfollow(pool(), { followerId: reader, followeeId: author });
  expect(await above(0, 2)).toEqual([]);
});
