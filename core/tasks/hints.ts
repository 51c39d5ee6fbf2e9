import { z } from 'zod';
import { HintChannel } from '#core/hints.ts';
import type { StoreClient } from '#core/redis.ts';

const taskHint = z.union([z.int(), z.null(), z.literal('schedules')]);

/** Whose tasks have changed: those of this account, those of the system itself (null), or a schedule. */
export type TaskHint = z.infer<typeof taskHint>;

/** Workers and web processes tell web processes that tasks have changed. */
export const TASK_CHANGES = new HintChannel('tasks', z.array(taskHint));

/** Tells these hints to whoever listens, each of them once. */
export function tellTasks(redis: StoreClient, hints: TaskHint[]): void {
  if (hints.length > 0) TASK_CHANGES.tell(redis, [...new Set(hints)]);
}
