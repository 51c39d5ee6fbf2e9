import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

const REPAIR = 7_101; // any number that no other advisory lock of this database uses

/** For whoever repairs a shard, until the end of the transaction; false when somebody else has it. */
export async function lockForRepair(client: pg.PoolClient, shard: number): Promise<boolean> {
  return lock(client, 'SELECT pg_try_advisory_xact_lock($1, $2) AS locked', shard);
}

/**
 * For whoever changes the store and then says so in Postgres: no repair runs between the two. If it did, the repair would
 * not know of the change that the store has lost, and what is said afterwards would be wrong. A process that is frozen in
 * between loses its transaction, and with it the lock, after five seconds. False while a repair runs.
 */
export async function lockAgainstRepair(client: pg.PoolClient, shard: number): Promise<boolean> {
  await client.query(`SET LOCAL idle_in_transaction_session_timeout = '5s'`);
  return lock(client, 'SELECT pg_try_advisory_xact_lock_shared($1, $2) AS locked', shard);
}

async function lock(client: pg.PoolClient, sql: string, shard: number): Promise<boolean> {
  const { locked } = await readRow(client, z.object({ locked: z.boolean() }), {
    text: sql,
    values: [REPAIR, shard],
  });
  return locked;
}
