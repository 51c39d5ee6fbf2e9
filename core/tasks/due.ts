import type pg from 'pg';
import { z } from 'zod';
import type { Publish } from '#core/messages.ts';
import { readRow, readRows } from '#core/rows.ts';
import { PUBLISHING, TRUST } from '#core/tasks/lease.ts';
import type { Queryable } from '#core/tasks/task.ts';

/** A task that is to be published; `token` is that of its last claim. */
const dueTask = z.object({
  id: z.number(),
  token: z.number(),
  isUrgent: z.boolean(),
  accountId: z.number().nullable(),
});
export type DueTask = z.infer<typeof dueTask>;

const DUE_COLUMNS = 't.id, t.token, t.priority = 2 AS "isUrgent", t.account_id AS "accountId"';

/**
 * Claims tasks that are due. Their time has come, or nobody published them, or the broker lost them, or the worker that
 * had them stopped answering, which counts as a failure. Two loops share the work (SKIP LOCKED). If a loop dies before it
 * has published, its tasks are due again. Tasks of `low` priority are due only while the broker holds none of `normal`.
 *
 * Wherever a query looks for what is due, it uses `statement_timestamp()`. `clock_timestamp()` may differ from row to row,
 * so Postgres would read the whole index instead of its beginning.
 */
export function claimDue(pool: pg.Pool, limit: number): Promise<DueTask[]> {
  return readRows(pool, dueTask, {
    name: 'claim-due-tasks',
    text: `
      UPDATE task t SET leased_until = clock_timestamp() + $2 * interval '1 ms', state = 'waiting', published_at = NULL,
        failures = failures + (state = 'running')::int,
        error = CASE WHEN state = 'running' THEN 'Worker ' || worker || ' stopped answering' ELSE error END
      WHERE id IN (
        SELECT id FROM task
        WHERE finished_at IS NULL AND leased_until <= statement_timestamp()
          AND (priority > 0 OR NOT EXISTS (
            SELECT FROM task WHERE finished_at IS NULL AND state = 'waiting' AND priority = 1 AND published_at IS NOT NULL))
        ORDER BY leased_until LIMIT $1 FOR UPDATE SKIP LOCKED
      ) RETURNING ${DUE_COLUMNS}`,
    values: [limit, PUBLISHING],
  });
}

/** Milliseconds until the next task becomes due; `Infinity` when no task waits for its time. */
export async function msUntilDue(pool: pg.Pool): Promise<number> {
  const { ms } = await readRow(pool, z.object({ ms: z.number().nullable() }), {
    name: 'ms-until-due',
    text: `
      SELECT (extract(epoch FROM min(leased_until) - statement_timestamp()) * 1000)::float8 AS ms FROM task
      WHERE finished_at IS NULL AND leased_until > statement_timestamp() AND leased_until < 'infinity'`,
  });
  return ms ?? Number.POSITIVE_INFINITY;
}

/** After the commit that wrote these tasks, publishes those that are due. What the broker does not take stays due. */
export async function handOver(pool: pg.Pool, publish: Publish, ids: number[]): Promise<void> {
  const due = await readRows(pool, dueTask, {
    name: 'due-among',
    text: `
      SELECT ${DUE_COLUMNS} FROM task t
      WHERE id = ANY($1) AND state = 'waiting' AND published_at IS NULL AND priority > 0
        AND due_at <= clock_timestamp() + interval '10 ms' AND leased_until < 'infinity'`,
    values: [ids],
  });
  await publishTasks(pool, publish, due);
}

/** Publishes tasks and marks them. Each claim has its own key, because the message of the claim before may still exist. */
export async function publishTasks(pool: pg.Pool, publish: Publish, due: DueTask[]): Promise<void> {
  for (const queue of ['urgent', 'task'] as const) {
    const mine = due.filter((task) => task.isUrgent === (queue === 'urgent'));
    if (mine.length === 0) continue;
    await publish(
      queue,
      mine.map(({ id, token }) => ({ key: `${id}-${token}`, body: { taskId: id } })),
    );
    await markPublished(pool, mine);
  }
}

/**
 * Leaves alone what a worker has claimed meanwhile: its token is another. Does not wait for the disk, because a claim of
 * the same row would have to wait as long. A mark that a crash takes back costs one more message.
 */
async function markPublished(client: Queryable, due: DueTask[]): Promise<void> {
  await client.query({
    name: 'mark-published-tasks',
    text: `
      UPDATE task t SET published_at = clock_timestamp(),
        leased_until = clock_timestamp() + greatest($3 * interval '1 ms', clock_timestamp() - t.due_at)
      FROM (
        SELECT t.id FROM task t JOIN unnest($1::bigint[], $2::int[]) AS d (id, token) ON d.id = t.id
        WHERE t.token = d.token AND t.state = 'waiting' ORDER BY t.id FOR UPDATE OF t
      ) held, (SELECT set_config('synchronous_commit', 'off', true)) quickly
      WHERE t.id = held.id`,
    values: [due.map(({ id }) => id), due.map(({ token }) => token), TRUST],
  });
}
