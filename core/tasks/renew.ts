import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import type { TaskRef } from '#core/tasks/claim.ts';
import { LEASE } from '#core/tasks/lease.ts';
import type { TaskProgress } from '#core/tasks/task.ts';

export type Held = TaskRef & { progress: TaskProgress | null };

/**
 * Renews the leases of the tasks that a worker runs, and writes how far they are. Returns those that are still its own, and
 * whether somebody wants them cancelled. Those that are missing in the answer belong to another worker.
 */
export function renewTasks(pool: pg.Pool, held: Held[]): Promise<z.infer<typeof renewed>[]> {
  return readRows(pool, renewed, {
    text: `
      UPDATE task t SET leased_until = clock_timestamp() + $4 * interval '1 ms',
        progress = coalesce(h.progress::jsonb, t.progress)
      FROM (
        SELECT t.id, h.progress FROM task t
        JOIN unnest($1::bigint[], $2::int[], $3::text[]) AS h (id, token, progress) ON h.id = t.id
        WHERE t.token = h.token AND t.state = 'running' ORDER BY t.id FOR UPDATE OF t
      ) h
      WHERE t.id = h.id
      RETURNING t.id, t.cancel_requested AS "cancelRequested"`,
    values: [
      held.map(({ id }) => id),
      held.map(({ token }) => token),
      held.map(({ progress }) => progress && JSON.stringify(progress)),
      LEASE,
    ],
  });
}

const renewed = z.object({ id: z.number(), cancelRequested: z.boolean() });
