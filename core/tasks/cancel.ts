import type pg from 'pg';
import { z } from 'zod';
import { transaction } from '#core/postgres.ts';
import { idRow, readRows } from '#core/rows.ts';
import { clearMembers } from '#core/tasks/file.ts';
import { countEnded, type Ended, ended, lockTasks } from '#core/tasks/members.ts';
import { CANCELLED_KEPT, type Queryable } from '#core/tasks/task.ts';

/** `requested`: the task runs, and its worker is told within about a second. */
export type CancelOutcome = 'cancelled' | 'requested' | 'over' | 'unknown';

/** A task, and the account that it has to belong to. With null it may be anybody's. */
export type OwnTask = { id: number; accountId: number | null };

/** Cancels a task, or a composition with all its members. Cancelling twice is the same as once. */
export async function cancelTask(pool: pg.Pool, own: OwnTask): Promise<CancelOutcome> {
  return transaction(pool, async (client) => {
    const task = await findOwn(client, own);
    if (!task) return 'unknown';
    await lockTasks(client, [task.parentId ?? task.id]);
    if (task.children > 0) return cancelComposition(client, task.id);
    const cancelled = await cancelAll(client, [task.id]);
    await countEnded(client, cancelled);
    return outcomeOf(cancelled);
  });
}

const found = z.object({ id: z.number(), parentId: z.number().nullable(), children: z.number() });

/** The task, if it belongs to this account; else null. */
export async function findOwn(
  client: Queryable,
  { id, accountId }: OwnTask,
): Promise<z.infer<typeof found> | null> {
  const [own = null] = await readRows(client, found, {
    text: `
      SELECT id, parent_id AS "parentId", children FROM task
      WHERE id = $1 AND ($2::int IS NULL OR account_id = $2)`,
    values: [id, accountId],
  });
  return own;
}

/** Cancels those that wait. A task that runs is only marked: its worker cancels it, and alone knows when it has stopped. */
function cancelAll(client: Queryable, ids: number[]): Promise<Ended[]> {
  return readRows(client, ended, {
    text: `
      UPDATE task t SET cancel_requested = true,
        state = CASE WHEN state = 'waiting' THEN 'cancelled' ELSE state END::task_state,
        finished_at = CASE WHEN state = 'waiting' THEN clock_timestamp() END,
        expires_at = CASE WHEN state = 'waiting' AND parent_id IS NULL
          THEN clock_timestamp() + least(keep_ms, $2) * interval '1 ms' END
      WHERE id = ANY($1) AND state IN ('waiting', 'running')
      RETURNING t.id, t.parent_id AS "parentId", t.state`,
    values: [ids, CANCELLED_KEPT],
  });
}

function outcomeOf([task]: Ended[]): CancelOutcome {
  if (!task) return 'over';
  return task.state === 'cancelled' ? 'cancelled' : 'requested';
}

/** Closes the composition before its members, so that the end of a member does not start the next step. */
async function cancelComposition(client: Queryable, parentId: number): Promise<CancelOutcome> {
  const { rowCount } = await client.query(
    `UPDATE task SET state = 'cancelled', cancel_requested = true, finished_at = clock_timestamp(),
       expires_at = clock_timestamp() + least(keep_ms, $2) * interval '1 ms'
     WHERE id = $1 AND state = 'running'`,
    [parentId, CANCELLED_KEPT],
  );
  if (rowCount === 0) return 'over';
  const members = await readRows(client, idRow, {
    text: 'SELECT id FROM task WHERE parent_id = $1',
    values: [parentId],
  });
  await cancelAll(
    client,
    members.map(({ id }) => id),
  );
  await clearMembers(client, parentId, 'all');
  return 'cancelled';
}
