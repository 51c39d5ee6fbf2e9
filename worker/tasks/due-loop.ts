import { claimDue, handOver, msUntilDue, publishTasks } from '#core/tasks/due.ts';
import { tickOnce } from '#core/tasks/tick.ts';
import type { TaskEngine } from '#worker/tasks/engine.ts';

/** Milliseconds between two looks when nothing was due. A task that becomes due unforeseen starts so much late at most. */
export const DUE_IDLE = 200;

const BATCH = 1_000;

/**
 * The relay of tasks: publishes what is due. There is an index of that, so that a look costs the same with ten thousand
 * scheduled tasks as with none. Returns how many it published.
 */
export async function dueOnce({ context: { pool, broker }, hints }: TaskEngine): Promise<number> {
  const due = await claimDue(pool, BATCH);
  await publishTasks(pool, (queue, messages) => broker.publish(queue, messages), due);
  hints.tell(...due.map(({ accountId }) => accountId));
  return due.length;
}

/** Milliseconds until the next look: when the next task becomes due, if that is sooner. */
export async function untilNextLook({ context: { pool } }: TaskEngine): Promise<number> {
  const ms = await msUntilDue(pool).catch(() => DUE_IDLE);
  return Math.min(DUE_IDLE, Math.ceil(ms));
}

/** Takes one tick that is due, and publishes the task that it asks for. Returns how many ticks it took. */
export async function tickAndPublish({ context: { pool, broker }, hints }: TaskEngine): Promise<number> {
  const tick = await tickOnce(pool);
  if (tick.outcome === 'none') return 0;
  hints.tell('schedules');
  if (tick.outcome === 'asked')
    await handOver(pool, (queue, messages) => broker.publish(queue, messages), [tick.taskId]);
  return 1;
}
