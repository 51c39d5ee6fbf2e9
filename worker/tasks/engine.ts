import { type ClaimedTask, claimTasks } from '#core/tasks/claim.ts';
import { handOver } from '#core/tasks/due.ts';
import { type Done, finishTasks } from '#core/tasks/finish.ts';
import type { WorkerContext } from '#worker/context.ts';
import { Grouped } from '#worker/tasks/grouped.ts';
import { RunningTasks } from '#worker/tasks/running.ts';
import { TaskHints } from '#worker/tasks/task-hints.ts';
import type { RegisteredKind } from '#worker/tasks/task-kind.ts';

/** What the handlers of tasks share. */
export type TaskEngine = {
  context: WorkerContext;
  kinds: ReadonlyMap<string, RegisteredKind>;
  running: RunningTasks;
  /** Claims a task; null when its message was a copy. */
  claims: Grouped<number, ClaimedTask | null>;
  /** Writes a result. False when somebody else has claimed the task by now. */
  finishes: Grouped<Done, boolean>;
  /** Tells web processes whose tasks have changed. */
  hints: TaskHints;
  complain: (error: unknown) => void;
};

/** Makes what the handlers of this process share: their claims and results go to the ledger in groups. */
export function openEngine(
  context: WorkerContext,
  { kinds, complain }: Pick<TaskEngine, 'kinds' | 'complain'>,
): TaskEngine {
  return {
    ...{ context, kinds, complain },
    running: new RunningTasks(),
    hints: new TaskHints(context.hints),
    claims: new Grouped((ids) => claimGroup(context, ids)),
    finishes: new Grouped((done) => finishGroup(context, done)),
  };
}

/** Gives each task to the first message for it within a group. */
async function claimGroup({ pool, name }: WorkerContext, ids: number[]): Promise<(ClaimedTask | null)[]> {
  const claimed = new Map((await claimTasks(pool, ids, name)).map((task) => [task.id, task]));
  return ids.map((id) => {
    const task = claimed.get(id) ?? null;
    claimed.delete(id);
    return task;
  });
}

async function finishGroup(context: WorkerContext, done: Done[]): Promise<boolean[]> {
  const { written, released } = await finishTasks(context.pool, done);
  if (released.length > 0) await publishReleased(context, released);
  return done.map(({ id }) => written.has(id));
}

/** Publishes the next step at once. While the broker is away, the due loop does it. */
async function publishReleased({ pool, broker }: WorkerContext, ids: number[]): Promise<void> {
  await handOver(pool, (queue, messages) => broker.publish(queue, messages), ids).catch(() => {});
}
