import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

const REPAIR = 7_101; // any number that no other advisory lock of this database uses

/** Locks a shard for its repair, until the end of the transaction. False when somebody else repairs it. */
export async function lockForRepair(client: pg.PoolClient, shard: number): Promise<boolean> {
  return lock(client, 'SELECT pg_try_advisory_xact_lock($1, $2) AS locked', shard);
}

/**
 * Locks a shard against repairs, for somebody who changes the store and then notes the change in Postgres. If a repair ran
 * between the two, it would not know of the change, and the note would be wrong when the store has lost it. A process that
 * is frozen in between loses its transaction after five seconds, and with it the lock. False while a repair runs.
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
