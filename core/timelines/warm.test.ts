import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openRedis } from '#core/redis.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { readTimeline } from './read-timeline.ts';
import { settleOnce } from './settle.ts';
import type { TimelineStore } from './timeline.ts';
import { warmOnce } from './warm.ts';

// These tests have a server of their own: they empty it, and its bound is a setting of the whole server.
const folder = openTempFolder('warm');
let world: World;
let server: Server;
let store: TimelineStore;
const AUTHOR = 1;
const READERS = range(2, 31); // more than a step
const GONE = 40; // has not read for a month
const NEVER = 41;
let tweet: number;
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  server = await startRedis({ role: 'timelines', dataDir: folder.dir, databases: 1 });
  store = { redis: openRedis(server.url, 'test'), shards: 1, cap: 800 };
  await addUsers(pool, [AUTHOR, ...READERS, GONE, NEVER]);
  await addFollowers(pool, AUTHOR, [...READERS, GONE, NEVER]);
  tweet = await post(pool, AUTHOR);
  const hour = 'floor(extract(epoch FROM now()) / 3600)::int';
  await pool.query(`INSERT INTO home_read SELECT id, ${hour} - id FROM unnest($1::int[]) id`, [READERS]);
  await pool.query(`INSERT INTO home_read VALUES (${GONE}, ${hour} - 24 * 30)`);
});
beforeEach(async () => {
  await store.redis.flushall();
  await settleOnce(world.postgres.pool, store);
});
afterAll(async () => {
  await world.postgres.pool.query(`UPDATE fan_out SET state = 'cancelled', finished_at = now()`);
  store.redis.disconnect();
  await server.stop(1_000);
  folder.remove();
  await world.close();
});

async function warm(): Promise<number[]> {
  const found: number[] = [];
  for (const userId of [...READERS, GONE, NEVER]) {
    const timeline = await readTimeline(store, userId);
    if (timeline.outcome === 'warm') found.push(userId);
  }
  return found;
}

const waitForLock = async (): Promise<number | null> =>
  (
    await world.postgres.pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    )
  ).rowCount;

const step = () => warmOnce(world.postgres.pool, store);

it('warms those who have read within a week after a loss, the newest first, and goes on where it was', async () => {
  expect(await step()).toBe(20);
  expect(await warm()).toEqual(READERS.slice(0, 20));
  expect(await step()).toBe(10); // any worker can go on: the store holds how far it is
  expect(await step()).toBe(0);
  expect(await warm()).toEqual(READERS);
  // The fan-out of this tweet is still to come, and will push it. Until then no reader has it.
  expect(await readTimeline(store, READERS[0] ?? 0)).toMatchObject({ ids: [], floor: 0 });
  expect(tweet).toBeGreaterThan(0);
});

it('does nothing more until the store loses its timelines again', async () => {
  while ((await step()) > 0);
  await store.redis.del(`h:{0}:${(2).toString(16).padStart(8, '0')}`);
  expect(await step()).toBe(0);
  expect(await warm()).not.toContain(2);
  await store.redis.del('clock:{0}', 'epoch:{0}'); // its age is unknown now, so the repair removes all timelines
  while ((await settleOnce(world.postgres.pool, store)) > 0);
  expect(await warm()).toEqual([]);
  while ((await step()) > 0);
  expect(await warm()).toEqual(READERS);
});

it('begins again when the store was emptied in the middle of a step', async () => {
  const { pool } = world.postgres;
  const holder = await pool.connect();
  await holder.query('BEGIN; LOCK TABLE "user"'); // the first rebuilds wait for it
  const stepping = step();
  await eventually(async () => expect(await waitForLock()).toBe(2));
  await store.redis.flushall();
  await settleOnce(pool, store);
  await holder.query('ROLLBACK');
  holder.release();
  await stepping;
  expect(await warm()).toEqual(READERS.slice(2, 20));
  while ((await step()) > 0);
  expect(await warm()).toEqual(READERS);
});

it('does nothing while the store is being repaired, so that everybody’s turn still comes', async () => {
  await store.redis.del('epoch:{0}');
  expect(await step()).toBe(0);
  await settleOnce(world.postgres.pool, store);
  while ((await step()) > 0);
  expect(await warm()).toEqual(READERS);
});

it('waits for the deliveries of a large tweet, and ends where dropping would begin', async () => {
  const { pool } = world.postgres;
  await pool.query('UPDATE backlog SET deliveries = deliveries + 1000000');
  expect(await step()).toBe(0);
  expect(await warm()).toEqual([]);
  await pool.query('UPDATE backlog SET deliveries = deliveries - 1000000');
  await store.redis.config('SET', 'maxmemory', String(100 * 1024 * 1024));
  expect(await step()).toBe(20);
  await store.redis.config('SET', 'maxmemory', '0');
  await store.redis.flushall();
  await settleOnce(pool, store);
  const [, used = '0'] = /used_memory:(\d+)/.exec(await store.redis.info('memory')) ?? [];
  await store.redis.config('SET', 'maxmemory', String(Math.round(Number(used) / 0.75)));
  expect(await step()).toBe(0);
  expect(await warm()).toEqual([]);
});
