import type pg from 'pg';
import { isoUtc } from '#core/iso-utc.ts';

/** Whether workers take deliveries, and since when it is so (ISO 8601 UTC, by Postgres' clock). */
export type Pause = { paused: boolean; since: string };

/** The columns of the backlog's row that make a {@link Pause}. */
export const PAUSE_COLUMNS = `paused, ${isoUtc('switched_at')} AS since`;

/** Reads whether deliveries are paused. */
export async function readPause(pool: Pick<pg.Pool, 'query'>): Promise<Pause> {
  const { rows } = await pool.query<Pause>(`SELECT ${PAUSE_COLUMNS} FROM backlog`);
  return theOne(rows);
}

/**
 * Pauses deliveries, or lets them go on; doing so twice changes nothing. Workers look twice a second. Accepting tweets
 * is not affected until the backlog is full.
 */
export async function setPaused(pool: Pick<pg.Pool, 'query'>, paused: boolean): Promise<Pause> {
  const { rows } = await pool.query<Pause>(
    `UPDATE backlog SET paused = $1,
       switched_at = CASE WHEN paused = $1 THEN switched_at ELSE clock_timestamp() END
     RETURNING ${PAUSE_COLUMNS}`,
    [paused],
  );
  return theOne(rows);
}

function theOne(rows: Pause[]): Pause {
  if (!rows[0]) throw new Error('Expected one row in backlog, got none: run the migrations');
  return rows[0];
}
