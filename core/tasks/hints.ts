import type { Redis } from 'ioredis';
import { z } from 'zod';

/**
 * Hints from workers and web processes to web processes: tasks of these accounts have changed. The ledger is the truth
 * and is read again; a hint that is lost is made up for by the next one, or by the resync after a reconnect.
 */
export const TASK_CHANNEL = 'tasks';

const schema = z.array(z.int());

/** Tells whoever listens, and nothing about tasks that nobody asked for. Nobody waits for it: see tellProgress. */
export function tellTasks(redis: Redis, accountIds: (number | null)[]): void {
  const known = [...new Set(accountIds)].filter((id) => id !== null);
  if (known.length > 0) redis.publish(TASK_CHANNEL, JSON.stringify(known)).catch(() => {});
}

/** Reads what {@link tellTasks} wrote. */
export const parseTaskHint = (message: string): number[] => schema.parse(JSON.parse(message));
