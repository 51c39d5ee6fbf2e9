import type { Redis } from 'ioredis';
import { z } from 'zod';

/**
 * Hints from workers and web processes to web processes: tasks of these accounts have changed, or those of the system
 * itself (null), or a schedule. The ledger is the truth and is read again; a hint that is lost is made up for by the next
 * one, or by the resync after a reconnect.
 */
export const TASK_CHANNEL = 'tasks';

/** Whose tasks have changed. */
export type TaskHint = number | null | 'schedules';

const schema: z.ZodType<TaskHint[]> = z.array(z.union([z.int(), z.null(), z.literal('schedules')]));

/** Tells whoever listens. Nobody waits for it: see tellProgress. */
export function tellTasks(redis: Redis, hints: TaskHint[]): void {
  if (hints.length > 0) redis.publish(TASK_CHANNEL, JSON.stringify([...new Set(hints)])).catch(() => {});
}

/** Reads what {@link tellTasks} wrote. */
export const parseTaskHint = (message: string): TaskHint[] => schema.parse(JSON.parse(message));
