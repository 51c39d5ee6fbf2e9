import type pg from 'pg';
import type { EventStream } from '#app/server/live/event-stream.ts';
import { Paced } from '#app/server/live/paced.ts';
import type { TaskSource } from '#app/server/live/task-source.ts';
import type { SessionAccount } from '#app/server/session.ts';
import { readTasks, type Task } from '#core/tasks/task.ts';

type Sources = { pool: pg.Pool; taskChanges: TaskSource };

const PACE = 100; // ms between two events; what comes faster is summed up in the next
const NEWEST = 50; // tasks that are watched

/** Sends `tasks` events of an account's newest tasks: all of them first, then those that changed. */
export async function streamTasks(
  stream: EventStream,
  { pool, taskChanges }: Sources,
  account: SessionAccount,
): Promise<void> {
  const known = new Map<number, string>();
  const paced = new Paced(PACE, async () => {
    const tasks = await readTasks(pool, { accountId: account.id, limit: NEWEST });
    const changed = tasks.filter((task) => changedSince(known, task));
    if (changed.length > 0) stream.send('tasks', { account: account.handle, tasks: changed });
  });
  stream.onEnd(
    taskChanges.listen((ids) => {
      if (ids === 'all' || ids.includes(account.id)) paced.touch(account.id);
    }),
  );
  stream.onEnd(() => paced.stop());
  paced.touch(account.id);
}

/** `now` changes whenever it is read. */
function changedSince(known: Map<number, string>, { now, ...task }: Task): boolean {
  const mark = JSON.stringify(task);
  const changed = known.get(task.id) !== mark;
  known.set(task.id, mark);
  return changed;
}
