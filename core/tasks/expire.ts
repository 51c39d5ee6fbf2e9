import type pg from 'pg';
import { MINUTE } from '#core/durations.ts';

/** Milliseconds between two looks when nothing had expired. */
export const EXPIRE_EVERY = MINUTE;

const BATCH = 1_000;

/** Deletes tasks that have expired, with their files and members. Returns how many. */
export async function expireTasks(pool: pg.Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `DELETE FROM task WHERE id IN (
       SELECT id FROM task WHERE expires_at < statement_timestamp() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED
     )`,
    [BATCH],
  );
  return rowCount ?? 0;
}
