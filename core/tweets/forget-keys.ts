import type pg from 'pg';

/** Milliseconds between two clean-ups. */
export const FORGET_EVERY = 60_000;

const BATCH = 5_000; // rows a statement, so that none holds locks for long

/** Removes idempotency keys older than 24 h; returns how many, so that a caller goes on while there are more. */
export async function forgetKeys(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM idempotency_key WHERE (account_id, key) IN (
       SELECT account_id, key FROM idempotency_key
       WHERE created_at < clock_timestamp() - interval '24 hours' LIMIT $1 FOR UPDATE SKIP LOCKED
     )`,
    [BATCH],
  );
  return rowCount ?? 0;
}
