import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';
import type { TaskRef } from '#core/tasks/claim.ts';

/** A start time within so many milliseconds counts as now: the clocks of two statements differ by as much. */
const CLOSE = 5;

/**
 * Takes the next start time of a kind that may start `perS` times a second, over all workers. Returns whether that is now.
 * Otherwise the task is put off until then, and the attempt does not count. Start times are evenly spaced and each is
 * promised to one task, so that waiting tasks do not all come back at once and are refused again. A task that another
 * worker has by now is left to that worker.
 */
export async function takeStart(
  pool: pg.Pool,
  task: TaskRef & { kind: string },
  perS: number,
): Promise<boolean> {
  const { now } = await readRow(pool, z.object({ now: z.boolean() }), {
    text: `
      WITH start AS (
        INSERT INTO task_rate AS r (kind, free_at) VALUES ($3, clock_timestamp() + $4 * interval '1 ms')
        ON CONFLICT (kind) DO UPDATE SET free_at = greatest(r.free_at, clock_timestamp()) + $4 * interval '1 ms'
        RETURNING free_at - $4 * interval '1 ms' AS at,
          free_at - $4 * interval '1 ms' <= clock_timestamp() + $5 * interval '1 ms' AS now
      ), later AS (
        UPDATE task t SET state = 'waiting', attempts = attempts - 1, published_at = NULL,
          slot_at = start.at, due_at = start.at, leased_until = start.at
        FROM start WHERE NOT start.now AND t.id = $1 AND t.token = $2 AND t.state = 'running'
      )
      SELECT now FROM start`,
    values: [task.id, task.token, task.kind, 1_000 / perS, CLOSE],
  });
  return now;
}
