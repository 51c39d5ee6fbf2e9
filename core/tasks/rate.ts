import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';
import type { TaskRef } from '#core/tasks/claim.ts';

/** A turn this close, in ms, is taken at once: the clocks of two statements are no closer. */
const CLOSE = 5;

/**
 * Takes the next turn of a kind that may start `perS` times a second over all workers, and puts the task off until then
 * when that is later. Returns whether it may start now. Turns are evenly spaced, and each is promised to one task, so
 * that those that wait do not come back all at once to be refused again; an attempt that was put off so is not one.
 */
export async function takeTurn(
  pool: pg.Pool,
  task: TaskRef & { kind: string },
  perS: number,
): Promise<boolean> {
  const { now } = await readRow(pool, z.object({ now: z.boolean() }), {
    text: `
      WITH turn AS (
        INSERT INTO task_rate AS r (kind, free_at) VALUES ($3, clock_timestamp() + $4 * interval '1 ms')
        ON CONFLICT (kind) DO UPDATE SET free_at = greatest(r.free_at, clock_timestamp()) + $4 * interval '1 ms'
        RETURNING free_at - $4 * interval '1 ms' AS at
      ), later AS (
        UPDATE task t SET state = 'waiting', attempts = attempts - 1, published_at = NULL,
          slot_at = turn.at, due_at = turn.at, leased_until = turn.at
        FROM turn WHERE t.id = $1 AND t.token = $2 AND t.state = 'running'
          AND turn.at > clock_timestamp() + $5 * interval '1 ms'
        RETURNING t.id
      )
      SELECT NOT EXISTS (SELECT FROM later) AS now FROM turn`,
    values: [task.id, task.token, task.kind, 1_000 / perS, CLOSE],
  });
  return now;
}
