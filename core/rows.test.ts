import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { openWorld, type World } from '#testing/world.ts';
import { readRow, readRows } from './rows.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const counted = z.object({ count: z.int() });

it('returns the rows of a statement with the types of their schema', async () => {
  const text = 'SELECT n AS count FROM generate_series(1, $1::int) n';
  expect(await readRows(pool(), counted, { text, values: [2] })).toEqual([{ count: 1 }, { count: 2 }]);
});

it('names the column that a statement does not have, or has as something else', async () => {
  await expect(readRows(pool(), counted, { text: 'SELECT 1 AS total' })).rejects.toThrow('count');
  await expect(readRows(pool(), counted, { text: `SELECT 'one' AS count` })).rejects.toThrow('count');
});

it('returns the one row of a statement that always has one, and refuses none and several', async () => {
  expect(await readRow(pool(), counted, { text: 'SELECT 1 AS count' })).toEqual({ count: 1 });
  await expect(readRow(pool(), counted, { text: 'SELECT 1 AS count WHERE false' })).rejects.toThrow('got 0');
  await expect(
    readRow(pool(), counted, { text: 'SELECT n AS count FROM generate_series(1, 3) n' }),
  ).rejects.toThrow('got 3');
});
