import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { isPostgresAway } from '#core/away.ts';
import { HOUR } from '#core/durations.ts';
import { finishChunks, startChunks } from '#core/ledger/start-and-finish.ts';
import { openRedis } from '#core/redis.ts';
import { startRedis } from '#dev/redis.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { warmTimelines } from '#prisma/seed/warm-timelines.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { clockKey, Epochs } from './epoch.ts';
import { readHome } from './home-timeline.ts';
import { readTimeline } from './read-timeline.ts';
import { settleOnce } from './settle.ts';
import { EpochOver, pushChunk, type TimelineStore, timelineKey } from './timeline.ts';

let world: World;
let server: Awaited<ReturnType<typeof startRedis>>;
let dataDir: string;
let store: TimelineStore & { redis: Redis };
let author = 0;
let reader = 0;

// A store of its own: it is killed, emptied and restored here.
beforeAll(async () => {
  world = await openWorld();
  dataDir = mkdtempSync(join(tmpdir(), 'tweet-fanout-settle-'));
  server = await startRedis({ role: 'timelines', dataDir, databases: 1 });
  store = { redis: openRedis(server.url, 'test'), shards: 1, cap: 100 };
});
beforeEach(async () => {
  author += 10;
  reader = author + 1;
  await addUsers(world.postgres.pool, [author, reader]);
  await addFollowers(world.postgres.pool, author, [reader]);
  await settle();
  await home();
});
afterAll(async () => {
  store.redis.disconnect();
  await server.stop(2_000);
  rmSync(dataDir, { recursive: true, force: true });
  await world.close();
});

const settle = async () => {
  while ((await settleOnce(world.postgres.pool, store)) > 0);
};
const home = () => readHome({ pool: world.postgres.pool, timelines: store }, { userId: reader, limit: 20 });
const idsOf = async () => (await home()).tweets.map((tweet) => tweet.id);
const raw = async () => (await store.redis.lrange(timelineKey(reader, { shards: 1 }), 0, -1)).map(Number);

/** A tweet with its only chunk planned, not taken. */
async function planned(): Promise<number> {
  const tweet = await post(world.postgres.pool, author);
  await world.postgres.pool.query(
    `WITH c AS (INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected) VALUES ($1, 0, 0, $2, $2, 1))
     UPDATE fan_out SET chunks = 1, planned_at = now(), state = 'delivering' WHERE tweet_id = $1`,
    [tweet, reader],
  );
  return tweet;
}

const take = async (tweetId: number) => {
  const message = { tweetId, chunk: 0, count: 1 };
  const [work] = await startChunks(world.postgres.pool, message, { worker: 'A', shards: 1 });
  if (!work) throw new Error(`Chunk 0 of tweet ${tweetId} is not to be had`);
  return work;
};
const push = async (tweetId: number) => pushChunk(store, { ...(await take(tweetId)), chunk: 0 });
const finish = async (tweetId: number, result: Awaited<ReturnType<typeof push>>) =>
  finishChunks(world.postgres.pool, [{ tweetId, pushed: [{ number: 0, ...result }] }]);
const deliver = async () => {
  const tweet = await planned();
  await finish(tweet, await push(tweet));
  return tweet;
};

const isSettled = async () => (await readTimeline(store, reader)).outcome !== 'unsettled';

/** Kills the store, which saves its data when it is told to stop, and starts it from the file that it saved last. */
async function restore(): Promise<void> {
  server.kill();
  await server.exited;
  server = await startRedis({ role: 'timelines', dataDir, databases: 1, port: server.port });
  await eventually(async () => expect(await store.redis.ping()).toBe('PONG'));
}

it('repairs what a restored store has lost, once, and shows no hole at any moment in between', async () => {
  const kept = await deliver();
  await settle(); // the clock moves on
  await store.redis.save();
  const lost = await deliver();
  await restore();
  expect(await raw()).toEqual([kept, 0]);
  expect(await home()).toMatchObject({ source: 'postgres', tweets: [{ id: lost }, { id: kept }] });
  await settle();
  expect(await home()).toMatchObject({ source: 'timeline', tweets: [{ id: lost }, { id: kept }] });
  expect(await raw()).toEqual([lost, kept, 0]);
});

/** Tweets that the ledger has as delivered and whose pushes the store has lost, one a millisecond from now on. */
async function loseMany(count: number): Promise<number> {
  const { rows } = await world.postgres.pool.query<{ newest: number }>(
    `WITH posted AS (
       INSERT INTO tweet (id, author_id, text)
       SELECT nextval('tweet_id_seq'), $1, 'Lost' FROM generate_series(1, $3) RETURNING id
     ), planned AS (
       INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected, state, delivered, started_at, finished_at)
       SELECT id, 0, 0, $2, $2, 1, 'delivered', 1, clock_timestamp(), clock_timestamp() FROM posted RETURNING tweet_id
     ), promised AS (
       INSERT INTO fan_out (tweet_id, author_id, state, expected, delivered, chunks, chunks_done, planned_at, finished_at)
       SELECT tweet_id, $1, 'delivered', 1, 1, 1, 1, now(), now() + (tweet_id / 2 % 1000) * interval '1 ms' FROM planned
       RETURNING tweet_id
     )
     SELECT max(tweet_id) AS newest FROM promised`,
    [author, reader, count],
  );
  return rows[0]?.newest ?? 0;
}

const pushesOf = async (): Promise<number> => {
  const stats = await store.redis.info('commandstats');
  return Number(/cmdstat_lpushx:calls=(\d+)/.exec(stats)?.[1] ?? 0);
};

/** Cuts the repair off behind its first page of pushes, as the death of its worker does. */
function dieBehindFirstPage(): void {
  const { query } = pg.Client.prototype;
  let pages = 0;
  const dying = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    ...args
  ) {
    const isSecondPage = JSON.stringify(args[0]).includes('(finished_at, tweet_id) >') && pages++ === 1;
    if (!isSecondPage) return Reflect.apply(query, this, args);
    dying.mockRestore();
    return Promise.reject(new Error('It died'));
  });
}

it('pushes again in pages, and goes on where a worker died', async () => {
  await settle();
  await store.redis.save();
  const newest = await loseMany(450);
  await restore();
  dieBehindFirstPage();
  await expect(settle()).rejects.toThrow('It died');
  expect(await pushesOf()).toBe(200);
  expect(await home()).toMatchObject({ source: 'postgres' });
  await settle();
  expect(await pushesOf()).toBe(450);
  expect(await home()).toMatchObject({ source: 'timeline', tweets: { 0: { id: newest }, length: 20 } });
});

it.each([
  {
    name: 'for half a day',
    lose: () => store.redis.set(clockKey('0'), new Date(Date.now() - 13 * HOUR).toISOString()),
  },
  { name: 'more than it can push in time', lose: () => promiseMany(20_000_001) },
])('empties a store that has lost $name, and every timeline comes back by reading', async ({ lose }) => {
  const before = await deliver();
  const inFlight = await planned();
  await push(inFlight);
  await settle();
  await store.redis.save();
  await lose();
  await store.redis.save();
  const lost = await deliver();
  await restore();
  await settle();
  expect(await readTimeline(store, reader)).toEqual({ outcome: 'cold' });
  expect(await home()).toMatchObject({ tweets: [{ id: lost }, { id: inFlight }, { id: before }] });
  expect(await raw()).toEqual([lost, inFlight, before, 0]);
  await world.postgres.pool.query('DELETE FROM fan_out WHERE expected > 20000000');
});

/** A fan-out to so many, all of whom unfollowed. */
const promiseMany = (expected: number) =>
  world.postgres.pool.query(
    `INSERT INTO fan_out (tweet_id, author_id, state, expected, gone, planned_at, finished_at)
     VALUES (1, 1, 'delivered', $1, $1, now(), now() + interval '1 s')`,
    [expected],
  );

it('adds nothing twice when the restored store had more than its clock says', async () => {
  await settle();
  const tweet = await deliver(); // after the clock, before the file
  await store.redis.save();
  await restore();
  await settle();
  expect(await raw()).toEqual([tweet, 0]);
});

it('repairs a chunk that was pushed before the loss and finished after it', async () => {
  const tweet = await planned();
  await settle();
  await store.redis.save();
  const result = await push(tweet);
  await restore();
  await settle();
  await finish(tweet, result);
  expect(await raw()).toEqual([tweet, 0]);
  expect(await idsOf()).toEqual([tweet]);
});

it('brings a backfill again that a restored store has lost', async () => {
  const other = author + 2;
  await addUsers(world.postgres.pool, [other]);
  const earlier = await post(world.postgres.pool, other);
  await settle();
  await store.redis.save();
  await addFollowers(world.postgres.pool, other, [reader]);
  expect(await idsOf()).toEqual([earlier]);
  await restore();
  await settle();
  expect(await idsOf()).toEqual([earlier]);
  expect(await raw()).toEqual([earlier, 0]);
});

it('asks for a backfill again although Postgres cuts the repair off at its end', async () => {
  const other = author + 2;
  const { pool } = world.postgres;
  await addUsers(pool, [other]);
  const earlier = await post(pool, other);
  await settle();
  await store.redis.save();
  await addFollowers(pool, other, [reader]);
  await home();
  await restore();
  const { query } = pg.Client.prototype;
  const cut = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(async function (
    this: pg.Client,
    ...args
  ) {
    if (args[0] === 'COMMIT' && (await isSettled())) {
      cut.mockRestore();
      await pool.query('SELECT pg_terminate_backend($1)', [Reflect.get(this, 'processID')]);
    }
    return Reflect.apply(query, this, args);
  });
  await expect(settleOnce(pool, store)).rejects.toThrow();
  expect(await idsOf()).toEqual([earlier]);
});

it('does not call a backfill done whose merge a restored store has lost in between', async () => {
  const other = author + 2;
  const { pool } = world.postgres;
  await addUsers(pool, [other]);
  const earlier = await post(pool, other);
  await settle();
  await store.redis.save();
  await addFollowers(pool, other, [reader]);
  // The reader's process is frozen behind its merge, while the store is restored and a worker looks at it.
  const { query } = pg.Client.prototype;
  const frozen = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(async function (
    this: pg.Client,
    ...args
  ) {
    if (String(args[0]).includes('UPDATE follow SET backfilled_at = clock_timestamp()')) {
      frozen.mockRestore();
      await restore();
      await settleOnce(pool, store);
    }
    return Reflect.apply(query, this, args);
  });
  await home();
  await settle();
  expect(await idsOf()).toEqual([earlier]);
  expect(await raw()).toEqual([earlier, 0]);
});

it('trusts nothing of an emptied store until it is settled, and rebuilds complete timelines then', async () => {
  const before = await deliver();
  const inFlight = await planned();
  const result = await push(inFlight);
  await store.redis.flushall();
  expect(await home()).toMatchObject({ source: 'postgres' });
  expect(await raw()).toEqual([]);
  await settle();
  expect(await idsOf()).toEqual([inFlight, before]);
  await finish(inFlight, result);
  expect(await idsOf()).toEqual([inFlight, before]);
  expect(await raw()).toEqual([inFlight, before, 0]);
});

it('empties timelines whose age nobody knows', async () => {
  await store.redis.flushall();
  await store.redis.rpush(timelineKey(reader, { shards: 1 }), 5, 0);
  await settle();
  expect(await readTimeline(store, reader)).toEqual({ outcome: 'cold' });
});

it('lets one of four workers repair, and the others go on', async () => {
  await deliver();
  await store.redis.flushall();
  await Promise.all([1, 2, 3, 4].map(() => settleOnce(world.postgres.pool, store)));
  await settle();
  expect(await idsOf()).toHaveLength(1);
});

/** Lets something happen between what a repair has found and its look for timelines to remove. */
function beforeRemoving(work: () => Promise<unknown>): void {
  const { scanStream } = store.redis;
  vi.spyOn(store.redis, 'scanStream').mockImplementationOnce((options) => {
    const pages = scanStream.call(store.redis, options);
    const { _read } = pages;
    vi.spyOn(pages, '_read').mockImplementationOnce(() => {
      work().then(
        () => _read.call(pages),
        (error: Error) => pages.destroy(error),
      );
    });
    return pages;
  });
}

it('ends a repair although other workers look at the store meanwhile', async () => {
  await store.redis.flushall();
  await store.redis.rpush(timelineKey(reader, { shards: 1 }), 5, 0);
  const { pool } = world.postgres;
  beforeRemoving(async () => expect(await settleOnce(pool, store)).toBe(0));
  expect(await settleOnce(pool, store)).toBe(1);
  expect(await raw()).toEqual([]);
});

it('removes nothing that somebody fills an empty store with while it is being repaired', async () => {
  const earlier = await deliver();
  await store.redis.flushall();
  const { pool } = world.postgres;
  beforeRemoving(() => warmTimelines(pool, store, { from: reader, to: reader }));
  await settleOnce(pool, store);
  await settle();
  expect(await raw()).toEqual([earlier, 0]);
  const tweet = await planned();
  expect(await push(tweet)).toEqual({ redelivered: false, delivered: 1, cold: 0 });
});

it('removes nothing once another worker has repaired what this one, frozen meanwhile, had found', async () => {
  const before = await deliver();
  await store.redis.flushall();
  let after = 0;
  beforeRemoving(async () => {
    await cutOffTheRepair();
    await settle();
    await home(); // rebuilt
    after = await deliver();
  });
  await settleOnce(world.postgres.pool, store).catch(() => 0);
  expect(after).toBeGreaterThan(before);
  expect(await raw()).toEqual([after, before, 0]);
});

/** As Postgres does when it has not heard of it for too long: the lock is free for another. */
async function cutOffTheRepair(): Promise<void> {
  const { rowCount } = await world.postgres.pool.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_locks
     WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  expect(rowCount).toBe(1);
}

it('refuses a push whose followers were read before the store was emptied', async () => {
  const { pool } = world.postgres;
  const epochs = new Epochs();
  await settleOnce(pool, store, epochs);
  const epoch = epochs.known.get(0) ?? '';
  const tweet = await planned();
  const late = { ...(await take(tweet)), chunk: 0, epoch };
  await finish(tweet, await push(tweet)); // another worker, while this one is frozen
  await store.redis.flushall();
  await expect(pushChunk(store, late)).rejects.toThrow(EpochOver);
  await settle();
  expect(await idsOf()).toEqual([tweet]); // rebuilt
  await expect(pushChunk(store, late)).rejects.toThrow(EpochOver);
  expect(await raw()).toEqual([tweet, 0]);
});

it('knows a restarted store that has lost nothing as another epoch', async () => {
  const { pool } = world.postgres;
  const epochs = new Epochs();
  await settleOnce(pool, store, epochs);
  const before = epochs.known.get(0);
  await store.redis.save();
  await restore();
  await settle();
  await settleOnce(pool, store, epochs);
  expect(before).toMatch(/^\w+ [\w-]+ \w+$/);
  expect(epochs.known.get(0)).not.toBe(before);
});

it.each([
  {
    name: 'takes no writes',
    begin: ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
    end: ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
  },
  { name: 'is full', begin: ['CONFIG', 'SET', 'maxmemory', '1'], end: ['CONFIG', 'SET', 'maxmemory', '0'] },
])('knows no epoch of a store that $name, and the same one afterwards', async ({ begin, end }) => {
  const { pool } = world.postgres;
  const call = ([command = '', ...args]: string[]) => store.redis.call(command, ...args);
  const epochs = new Epochs();
  await settleOnce(pool, store, epochs);
  const known = epochs.known;
  await call(begin);
  await expect(settleOnce(pool, store, epochs)).rejects.toThrow();
  expect(epochs.known.size).toBe(0);
  await call(end);
  await settleOnce(pool, store, epochs);
  expect(epochs.known).toEqual(known);
});

it('repairs a primary that was demoted, took over an older state, and is the same process and the primary again', async () => {
  const first = await deliver();
  const { standby, other, close } = await openStandby();
  await other.call('REPLICAOF', 'NO', 'ONE');
  const lost = await deliver(); // the replica does not hear of it any more
  await follow(store.redis, standby.port);
  expect(await readTimeline(store, reader)).toEqual({ outcome: 'unsettled' }); // a replica may lack anything
  await store.redis.call('REPLICAOF', 'NO', 'ONE');
  expect(await raw()).toEqual([first, 0]);
  expect(await idsOf()).toEqual([lost, first]); // from Postgres
  await settle();
  expect(await raw()).toEqual([lost, first, 0]);
  await close();
});

it('finishes nothing that went to a primary whose place another has, and trusts that primary no more', async () => {
  const { pool } = world.postgres;
  const epochs = new Epochs();
  await settleOnce(pool, store, epochs);
  const { repairs } = epochs;
  const { other, close } = await openStandby();
  await other.call('REPLICAOF', 'NO', 'ONE');
  while ((await settleOnce(pool, { ...store, redis: other })) > 0); // another worker repairs the new one
  const tweet = await planned();
  const epoch = epochs.known.get(0) ?? '';
  const result = await pushChunk(store, { ...(await take(tweet)), chunk: 0, epoch }); // the old one knows of nothing
  expect(result).toMatchObject({ delivered: 1 });
  const late = finishChunks(pool, [{ tweetId: tweet, repairs, pushed: [{ number: 0, ...result }] }]);
  await expect(late).rejects.toSatisfy(isPostgresAway); // so the chunk is tried again
  expect(await settleOnce(pool, store, epochs)).toBe(1);
  await settle();
  await finish(tweet, await push(tweet));
  await close();
});

/** A replica that has all of the store. */
async function openStandby() {
  const folder = openTempFolder('settle-standby');
  const standby = await startRedis({ role: 'timelines', dataDir: folder.dir, databases: 1 });
  const other = openRedis(standby.url, 'test');
  const password = new URL(server.url).password;
  await other.config('SET', 'requirepass', password, 'masterauth', password);
  await store.redis.config('SET', 'masterauth', password);
  await follow(other, server.port);
  const close = async () => {
    other.disconnect();
    await standby.stop(2_000);
    folder.remove();
  };
  return { standby, other, close };
}

async function follow(redis: typeof store.redis, port: number): Promise<void> {
  await redis.call('REPLICAOF', '127.0.0.1', port);
  await eventually(async () => expect(await redis.info('replication')).toContain('master_link_status:up'));
}

it('knows no epoch of a store that has lost something, until it is repaired', async () => {
  const { pool } = world.postgres;
  const epochs = new Epochs();
  await settleOnce(pool, store, epochs);
  const before = epochs.known.get(0);
  await store.redis.flushall();
  expect(await settleOnce(pool, store, epochs)).toBe(1);
  expect(epochs.known.size).toBe(0);
  await settleOnce(pool, store, epochs);
  expect(epochs.known.get(0)).not.toBe(before);
  for (const late of [before, undefined]) epochs.forgetEpoch(0, late); // pushes of before: nothing about now
  expect(epochs.known.size).toBe(1);
});
