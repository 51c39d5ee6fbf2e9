import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openWorld, type World } from '#dev/testing/world.ts';
import { isPostgresAway, transaction } from './postgres.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it('outlives a connection that ends between two queries of a transaction', async () => {
  const { pool } = world.postgres;
  const failure = await transaction(pool, async (client) => {
    const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
    const ended = once(client, 'end');
    await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    await ended;
    await client.query('SELECT 1');
  }).catch((error: unknown) => error);
  expect(isPostgresAway(failure)).toBe(true);
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});
