import { z } from 'zod';
import { readRow } from '#core/rows.ts';
import type { Queryable } from '#core/tasks/task.ts';

/** Tasks now. Members of compositions count, compositions themselves do not. */
const taskCounts = z.object({
  /** Tasks whose time has not come. */
  scheduled: z.number(),
  /** Tasks whose time has come, and that no worker has taken. */
  waiting: z.number(),
  running: z.number(),
  /** Dead letters. */
  failed: z.number(),
  /** How many milliseconds the oldest waiting task has waited; 0 when none waits. */
  oldestMs: z.number(),
});
export type TaskCounts = z.infer<typeof taskCounts>;

/** Counts tasks by two indexes, of unfinished and of failed ones: finished tasks cost nothing, however many there are. */
export function countTasks(client: Queryable): Promise<TaskCounts> {
  return readRow(client, taskCounts, {
    text: `
      SELECT count(*) FILTER (WHERE state = 'waiting' AND due_at > now)::int AS scheduled,
        count(*) FILTER (WHERE state = 'waiting' AND due_at <= now AND leased_until < 'infinity')::int AS waiting,
        count(*) FILTER (WHERE state = 'running' AND children = 0)::int AS running,
        (SELECT count(*)::int FROM task WHERE state = 'failed' AND children = 0) AS failed,
        coalesce(extract(epoch FROM max(now - due_at)
          FILTER (WHERE state = 'waiting' AND due_at <= now AND leased_until < 'infinity')) * 1000, 0)::float8
          AS "oldestMs"
      FROM task, (SELECT clock_timestamp() AS now) clock WHERE finished_at IS NULL`,
  });
}
