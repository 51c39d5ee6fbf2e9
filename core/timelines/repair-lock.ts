import type pg from 'pg';
import { z } from 'zod';
import { GENERATION_SQL, type Layout } from '#core/ledger/layout.ts';
import { readRow } from '#core/rows.ts';
import { shardOf } from '#core/timelines/timeline.ts';

const REPAIR = 7_101; // any number that no other advisory lock of this database uses

/** Locks a shard for its repair, until the end of the transaction. False when somebody else repairs it. */
export async function lockForRepair(client: pg.PoolClient, shard: number): Promise<boolean> {
  return lock(client, {
    text: 'SELECT pg_try_advisory_xact_lock($1, $2) AS locked',
    values: [REPAIR, shard],
  });
}

/**
 * Locks a user's shard against repairs, for somebody who changes the store and then notes the change in Postgres. If a repair
 * ran between the two, it would not know of the change, and the note would be wrong when the store has lost it. A process that
 * is frozen in between loses its transaction after five seconds, and with it the lock. False while a repair runs, and when
 * another layout is in force: the note would be about timelines that nobody reads.
 */
export async function lockAgainstRepair(
  client: pg.PoolClient,
  layout: Layout,
  userId: number,
): Promise<boolean> {
  await client.query(`SET LOCAL idle_in_transaction_session_timeout = '5s'`);
  return lock(client, {
    text: `SELECT $3 = ${GENERATION_SQL} AND pg_try_advisory_xact_lock_shared($1, $2) AS locked`,
    values: [REPAIR, shardOf(userId, layout), layout.generation ?? 0],
  });
}

async function lock(client: pg.PoolClient, statement: { text: string; values: number[] }): Promise<boolean> {
  const { locked } = await readRow(client, z.object({ locked: z.boolean() }), statement);
  return locked;
}
