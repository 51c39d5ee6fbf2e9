import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import { toJson } from '#core/tasks/json.ts';

export type TaskChange = { data?: unknown; dueAt?: Date | undefined };

export type EditOutcome = 'edited' | 'started' | 'unknown';

/**
 * Changes a task that has not started. If the broker holds its message already, no worker takes the task before its new
 * time, because the claim compares. `token` goes up by one, so that the next message is not mistaken for that one.
 */
export async function editTask(pool: pg.Pool, id: number, { data, dueAt }: TaskChange): Promise<EditOutcome> {
  const [task] = await readRows(pool, z.object({ edited: z.boolean() }), {
    text: `
      WITH edited AS (
        UPDATE task SET data = coalesce($2::jsonb, data), due_at = coalesce($3, due_at),
          leased_until = coalesce($3, due_at), published_at = NULL, token = token + 1
        WHERE id = $1 AND state = 'waiting' AND attempts = 0 AND parent_id IS NULL RETURNING id
      )
      SELECT EXISTS (SELECT FROM edited) AS edited FROM task WHERE id = $1`,
    values: [id, data === undefined ? null : toJson('data', data), dueAt?.toISOString() ?? null],
  });
  if (!task) return 'unknown';
  return task.edited ? 'edited' : 'started';
}
