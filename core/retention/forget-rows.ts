import type pg from 'pg';
import { z } from 'zod';
import type { Forgotten, Range } from '#core/retention/forget-finished.ts';
import { readRow } from '#core/rows.ts';
import { TASK_KEY } from '#core/tweets/schedule-tweet.ts';

/** The most keys of a batch, so that no statement holds locks for long. */
export const KEYS_AT_ONCE = 5_000;

const found = z.object({ rows: z.int() });

/** Removes idempotency keys of clients. The keys of scheduled tweets are in the same table and are kept longer. */
export async function forgetKeys(client: pg.PoolClient, { from, to }: Range): Promise<Forgotten> {
  const rows = await removeKeys(client, 'created_at >= $2::timestamptz AND NOT starts_with(key, $4)', [
    to,
    from,
  ]);
  // While there are more, the next batch begins where this one did, because what this one removed is gone.
  return { rows, upTo: rows < KEYS_AT_ONCE ? to : from };
}

/** Removes the keys that are left then: those of scheduled tweets. */
export async function forgetTaskKeys(client: pg.PoolClient, { from, to }: Range): Promise<Forgotten> {
  return {
    rows: await removeKeys(client, '($2::timestamptz, $4::text) IS NOT NULL', [to, from]),
    upTo: from,
  };
}

/**
 * Removes keys by their places in the table, which do not change: a key is never updated. Returns how many were found,
 * not how many were removed, because a worker of an older version may remove the same ones.
 */
async function removeKeys(
  client: pg.PoolClient,
  which: string,
  [to, from]: [string, string],
): Promise<number> {
  const { rows } = await readRow(client, found, {
    text: `
      WITH due AS (
        SELECT count(*)::int AS rows, array_agg(place) AS places FROM (
          SELECT ctid AS place FROM idempotency_key WHERE created_at < $1::timestamptz AND ${which}
          ORDER BY created_at LIMIT $3
        ) key
      ), gone AS (
        DELETE FROM idempotency_key WHERE ctid = ANY((SELECT places FROM due)::tid[])
      )
      SELECT rows FROM due`,
    values: [to, from, KEYS_AT_ONCE, TASK_KEY],
  });
  return rows;
}

/** Removes workers that were killed: they could not remove themselves. */
export async function forgetWorkers(client: pg.PoolClient, { from, to }: Range): Promise<Forgotten> {
  const { rowCount } = await client.query('DELETE FROM worker WHERE seen_at < $1', [to]);
  return { rows: rowCount ?? 0, upTo: from };
}
