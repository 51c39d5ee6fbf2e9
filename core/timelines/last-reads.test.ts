import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { HOUR } from '#core/durations.ts';
import { addUsers } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { HomeReader } from './home-reader.ts';
import { LastReads, laterHour, unreadSince } from './last-reads.ts';
import { settleOnce } from './settle.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const NOW = Math.floor(Date.now() / HOUR);
const rows = async () =>
  (await world.postgres.pool.query('SELECT user_id, hour FROM home_read ORDER BY user_id')).rows;

it('writes who has read home, once an hour', async () => {
  const { pool } = world.postgres;
  const timelines = { redis: world.timelines, shards: 1, cap: 100 };
  await settleOnce(pool, timelines);
  await addUsers(pool, [1]);
  const query = vi.fn(pool.query.bind(pool));
  let now = Date.now();
  const lastReads = new LastReads(Object.assign(Object.create(pool), { query }), () => now);
  const homes = new HomeReader({ pool, timelines, lastReads });
  const read = async () => {
    await homes.read({ userId: 1, limit: 1 });
    await homes.readText({ userId: 1, limit: 1 });
    await lastReads.write();
    return query.mock.calls.length;
  };
  expect(await read()).toBe(1);
  const [first] = await rows();
  expect(first).toMatchObject({ user_id: 1 });
  expect(Math.abs(first.hour - NOW)).toBeLessThanOrEqual(1);
  expect(await read()).toBe(1);
  now += HOUR;
  expect(await read()).toBe(2);
});
it('knows who has not read for the longest', async () => {
  const { pool } = world.postgres;
  await pool.query('TRUNCATE home_read');
  await pool.query('INSERT INTO home_read VALUES (1, 10), (2, 20), (3, 20), (4, 30)');
  expect(await unreadSince(pool, [1, 2, 4, 5], 20)).toEqual([1, 5]);
  expect(await unreadSince(pool, [1, 2, 4, 5], 0)).toEqual([5]);
  expect(await laterHour(pool, 0, 0)).toBe(11);
  expect(await laterHour(pool, 11, 1)).toBe(21);
  expect(await laterHour(pool, 11, 100)).toBe(31);
  expect(await laterHour(pool, 31, 1)).toBeNull();
});
