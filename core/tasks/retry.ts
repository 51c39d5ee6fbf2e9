import type pg from 'pg';
import { transaction } from '#core/postgres.ts';
import { idRow, readRows } from '#core/rows.ts';
import { findOwn, type OwnTask } from '#core/tasks/cancel.ts';
import { lockTasks } from '#core/tasks/members.ts';
import type { Queryable } from '#core/tasks/task.ts';

/** `asked again`: another task with its unique key is unfinished. `not failed`: there is nothing to retry. */
export type RetryOutcome =
  | { outcome: 'retried'; ids: number[] }
  | { outcome: 'not failed' | 'asked again' | 'unknown' };

/**
 * Gives a dead letter another chance, with all its attempts. Of a composition, those members get it that did not succeed.
 * Returns the ids that are to be published. If the process dies before that, they are due and the due loop publishes them.
 */
export async function retryTask(pool: pg.Pool, own: OwnTask): Promise<RetryOutcome> {
  return transaction(pool, (client) => retry(client, own)).catch((error) => {
    if (isTaken(error)) return { outcome: 'asked again' };
    throw error;
  });
}

const UNIQUE_VIOLATION = '23505';

const isTaken = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;

async function retry(client: Queryable, own: OwnTask): Promise<RetryOutcome> {
  const task = await findOwn(client, own);
  if (!task) return { outcome: 'unknown' };
  const parentId = task.children > 0 ? task.id : task.parentId;
  await lockTasks(client, [parentId ?? task.id]);
  const ids = await reset(client, task.children > 0 ? { parentId: task.id } : { id: task.id });
  if (ids.length === 0) return { outcome: 'not failed' };
  if (parentId !== null) await reopen(client, parentId, ids.length);
  return { outcome: 'retried', ids };
}

/** The lease of two seconds leaves publishing to whoever retries. */
async function reset(client: Queryable, which: { id: number } | { parentId: number }): Promise<number[]> {
  const rows = await readRows(client, idRow, {
    text: `
      UPDATE task t SET state = 'waiting', failures = 0, cancel_requested = false, progress = NULL, slot_at = NULL,
        due_at = clock_timestamp(), published_at = NULL, leased_until = clock_timestamp() + interval '2 seconds',
        finished_at = NULL, expires_at = NULL, token = token + 1
      WHERE (t.id = $1 AND t.state = 'failed' AND t.children = 0
             AND NOT EXISTS (SELECT FROM task p WHERE p.id = t.parent_id AND p.state = 'cancelled'))
         OR (t.parent_id = $2 AND t.state IN ('failed', 'cancelled')
             AND t.step = (SELECT step FROM task p WHERE p.id = $2 AND p.state = 'failed'))
      RETURNING t.id`,
    values: ['id' in which ? which.id : null, 'parentId' in which ? which.parentId : null],
  });
  return rows.map(({ id }) => id);
}

/** The composition goes on where it failed, and its later steps wait for their turn again. */
async function reopen(client: Queryable, parentId: number, members: number): Promise<void> {
  await client.query(
    `WITH again AS (
       UPDATE task SET state = 'running', error = NULL, finished_at = NULL, expires_at = NULL,
         children_failed = children_failed - $2, step_left = step_left + $2
       WHERE id = $1 RETURNING id, step
     )
     UPDATE task t SET state = 'waiting', error = NULL, finished_at = NULL, leased_until = 'infinity'
     FROM again WHERE t.parent_id = again.id AND t.step > again.step AND t.state = 'cancelled'`,
    [parentId, members],
  );
}
