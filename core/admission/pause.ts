import type pg from 'pg';
import { z } from 'zod';
import { THE_ROW } from '#core/admission/backlog.ts';
import { isoUtc } from '#core/iso-utc.ts';
import { readRow } from '#core/rows.ts';

const pause = z.object({ paused: z.boolean(), since: z.string() });

/** Whether deliveries are paused, and since when (ISO 8601 UTC, by Postgres' clock). */
export type Pause = z.infer<typeof pause>;

/** The columns of the backlog's row that make a {@link Pause}. */
export const PAUSE_COLUMNS = `paused, ${isoUtc('switched_at')} AS since`;

/** Reads whether deliveries are paused. */
export const readPause = (pool: Pick<pg.Pool, 'query'>): Promise<Pause> =>
  readRow(pool, pause, { text: `SELECT ${PAUSE_COLUMNS} FROM backlog WHERE ${THE_ROW}` });

/**
 * Pauses deliveries, or lets them go on; doing so twice changes nothing. Workers look twice a second. Accepting tweets
 * is not affected until the backlog is full.
 */
export const setPaused = (pool: Pick<pg.Pool, 'query'>, paused: boolean): Promise<Pause> =>
  readRow(pool, pause, {
    text: `UPDATE backlog SET paused = $1,
        switched_at = CASE WHEN paused = $1 THEN switched_at ELSE clock_timestamp() END
      WHERE ${THE_ROW} RETURNING ${PAUSE_COLUMNS}`,
    values: [paused],
  });
