import type pg from 'pg';
import { z } from 'zod';
import { transaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';

/** Finds the keys of all timelines. */
export const timelinePattern = 'h:{*}:*';
export const userIdOf = (timeline: string): number => Number.parseInt(timeline.slice(-8), 16);

/** How far a shard was warmed after it had lost its timelines. See warm.ts. */
export const warmedKey = (tag: string): string => `warmed:{${tag}}`;

/** How far the worker that drops timelines is, and how many were ever dropped. */
const upkeep = z.object({
  dropping: z.boolean(),
  cursor: z.string(),
  unreadBefore: z.int(),
  dropped: z.int(),
  droppedAt: z.date().nullable(),
});
export type Upkeep = z.infer<typeof upkeep>;

const COLUMNS = `dropping, cursor, unread_before AS "unreadBefore", dropped, dropped_at AS "droppedAt"`;

export const readUpkeep = (client: Pick<pg.Pool, 'query'>): Promise<Upkeep> =>
  readRow(client, upkeep, { text: `SELECT ${COLUMNS} FROM timeline_upkeep` });

/**
 * Runs one step of the work on timelines that one worker at a time does; 0 when another worker does it. A worker that
 * dies in the middle, or is frozen for five seconds, loses its transaction, and with it the row.
 */
export async function alone(
  pool: pg.Pool,
  step: (client: pg.PoolClient, held: Upkeep) => Promise<number>,
): Promise<number> {
  return transaction(pool, async (client) => {
    const text = `SELECT ${COLUMNS} FROM timeline_upkeep FOR UPDATE SKIP LOCKED`;
    const [held] = await readRows(client, upkeep, { text });
    return held ? step(client, held) : 0;
  });
}
