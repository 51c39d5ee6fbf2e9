import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import type { TaskRef } from '#core/tasks/claim.ts';
import { type Ended, ended, endMembers, parentsOf } from '#core/tasks/members.ts';
import type { Queryable } from '#core/tasks/task.ts';

/** `result` is JSON text, see toJson. */
export type Done = TaskRef & { result: string };

/** `written`: the ids whose claim was still valid. `released`: the members of next steps, which are to be published. */
export type Finished = { written: Set<number>; released: number[] };

/** Writes results. Without compositions it takes one statement. */
export async function finishTasks(pool: pg.Pool, done: Done[]): Promise<Finished> {
  const parents = parentsOf(done);
  if (parents.length === 0) return { written: idsOf(await succeed(pool, done)), released: [] };
  const over = await endMembers(pool, parents, (client) => succeed(client, done));
  return { written: idsOf(over.ended), released: over.released };
}

/** `cancelled`: somebody has asked for that before. `lost`: another worker has the task by now, or it is over. */
export type HoldOutcome = 'held' | 'cancelled' | 'lost';

/**
 * Locks a task in the transaction that has the task's effect and finishes it. So a cancellation comes before both or is
 * too late for both, also when the worker dies in between. Call it before any other lock of that transaction, because
 * renewals hold tasks while they wait for others. If the answer is not `held`, do not have the effect. Not for members of
 * a composition.
 */
export async function holdTask(
  client: pg.PoolClient,
  { id, token }: Omit<TaskRef, 'parentId'>,
): Promise<HoldOutcome> {
  const [task] = await readRows(client, z.object({ cancelRequested: z.boolean() }), {
    text: `
      SELECT cancel_requested AS "cancelRequested" FROM task
      WHERE id = $1 AND token = $2 AND state = 'running' AND parent_id IS NULL FOR UPDATE`,
    values: [id, token],
  });
  if (!task) return 'lost';
  return task.cancelRequested ? 'cancelled' : 'held';
}

/** Finishes a task that this transaction holds. */
export async function finishHeld(client: pg.PoolClient, held: Omit<Done, 'parentId'>): Promise<void> {
  await succeed(client, [{ ...held, parentId: null }]);
}

const idsOf = (tasks: Ended[]) => new Set(tasks.map(({ id }) => id));

/** Takes the rows in the order of their ids, as renewals do: a renewal may hold some of them at this moment. */
function succeed(client: Queryable, unordered: Done[]): Promise<Ended[]> {
  const done = unordered.toSorted((a, b) => a.id - b.id);
  return readRows(client, ended, {
    name: 'finish-tasks',
    text: `
      UPDATE task t SET state = 'succeeded', result = d.result::jsonb, error = NULL, finished_at = clock_timestamp(),
        expires_at = CASE WHEN t.parent_id IS NULL THEN clock_timestamp() + t.keep_ms * interval '1 ms' END
      FROM unnest($1::bigint[], $2::int[], $3::text[]) AS d (id, token, result)
      WHERE t.id = d.id AND t.token = d.token AND t.state = 'running'
      RETURNING t.id, t.parent_id AS "parentId", t.state`,
    values: [done.map(({ id }) => id), done.map(({ token }) => token), done.map(({ result }) => result)],
  });
}
