import type pg from 'pg';
import type { TaskRef } from '#core/tasks/claim.ts';
import { LEASE } from '#core/tasks/lease.ts';
import type { TaskProgress } from '#core/tasks/task.ts';

export type Held = TaskRef & { progress: TaskProgress | null };

/**
 * Renews the leases of what a worker runs and writes how far it is. Returns what is still its own, and whether somebody
 * wants it cancelled; what is missing belongs to another.
 */
export async function renewTasks(
  pool: pg.Pool,
  held: Held[],
): Promise<{ id: number; cancelRequested: boolean }[]> {
  const { rows } = await pool.query<{ id: number; cancelRequested: boolean }>(
    `UPDATE task t SET leased_until = clock_timestamp() + $4 * interval '1 ms',
       progress = coalesce(h.progress::jsonb, t.progress)
     FROM (
       SELECT t.id, h.progress FROM task t
       JOIN unnest($1::bigint[], $2::int[], $3::text[]) AS h (id, token, progress) ON h.id = t.id
       WHERE t.token = h.token AND t.state = 'running' ORDER BY t.id FOR UPDATE OF t
     ) h
     WHERE t.id = h.id
     RETURNING t.id, t.cancel_requested AS "cancelRequested"`,
    [
      held.map(({ id }) => id),
      held.map(({ token }) => token),
      held.map(({ progress }) => progress && JSON.stringify(progress)),
      LEASE,
    ],
  );
  return rows;
}
