import type pg from 'pg';
import { MINUTE } from '#core/durations.ts';
import { KEYS_KEPT } from '#core/tweets/keys-kept.ts';
import { TASK_KEY } from '#core/tweets/schedule-tweet.ts';

/** Milliseconds between two clean-ups. */
export const FORGET_EVERY = MINUTE;

const BATCH = 5_000; // rows a statement, so that none holds locks for long

/**
 * Removes idempotency keys older than {@link KEYS_KEPT}. Returns how many, so that the caller goes on while there are more.
 * Keys of scheduled tweets are kept for 30 days: workers that were away for a weekend may run a task again that was cut off
 * after it had posted, and it must find its tweet.
 */
export async function forgetKeys(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM idempotency_key WHERE (account_id, key) IN (
       SELECT account_id, key FROM idempotency_key
       WHERE created_at < statement_timestamp() - $3 * interval '1 ms'
         AND (NOT starts_with(key, $2) OR created_at < statement_timestamp() - interval '30 days') LIMIT $1 FOR UPDATE SKIP LOCKED
     )`,
    [BATCH, TASK_KEY, KEYS_KEPT],
  );
  return rowCount ?? 0;
}
