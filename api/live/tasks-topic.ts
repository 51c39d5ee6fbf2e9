import type { EventStream } from '#api/live/event-stream.ts';
import { Paced } from '#api/live/paced.ts';
import type { TaskSource } from '#api/live/task-source.ts';
import type { SessionAccount } from '#api/session.ts';
import { forEverybody } from '#api/visible-tasks.ts';
import type { Database } from '#core/postgres.ts';
import type { TaskHint } from '#core/tasks/hints.ts';
import { readTasks } from '#core/tasks/read-tasks.ts';
import type { Task } from '#core/tasks/task.ts';

type Sources = Database & { taskChanges: TaskSource };

const PACE = 100; // ms between two events; what comes faster is summed up in the next
const NEWEST = 50; // tasks that are watched

/** Sends `tasks` events of an account's newest tasks: all of them first, then those that changed. */
export function streamTasks(stream: EventStream, sources: Sources, account: SessionAccount): void {
  watch(stream, sources.taskChanges, {
    read: () => readTasks(sources, { accountId: account.id, limit: NEWEST }),
    send: (tasks) => stream.send('tasks', { account: account.handle, tasks }),
    isMeant: (hints) => hints.includes(account.id),
  });
}

/** Sends `allTasks` events in the same way: everybody's newest, as this account may see them. */
export function streamAllTasks(stream: EventStream, sources: Sources, account: SessionAccount): void {
  watch(stream, sources.taskChanges, {
    read: async () =>
      (await readTasks(sources, { limit: NEWEST })).map((task) => forEverybody(task, account)),
    send: (tasks) => stream.send('allTasks', { account: account.handle, tasks }),
    isMeant: (hints) => hints.some((hint) => hint !== 'schedules'),
  });
}

type Watched = {
  read(): Promise<Task[]>;
  send(tasks: Task[]): void;
  isMeant(hints: TaskHint[]): boolean;
};

function watch(stream: EventStream, taskChanges: TaskSource, { read, send, isMeant }: Watched): void {
  const known = new Map<number, string>();
  const paced = new Paced<'tasks'>(PACE, async () => {
    const changed = (await read()).filter((task) => changedSince(known, task));
    if (changed.length > 0) send(changed);
  });
  stream.onEnd(
    taskChanges.listen((hints) => {
      if (hints === 'all' || isMeant(hints)) paced.touch('tasks');
    }),
  );
  stream.onEnd(() => paced.stop());
  paced.touch('tasks');
}

/** `now` changes whenever it is read. */
function changedSince(known: Map<number, string>, { now, ...task }: Task): boolean {
  const mark = JSON.stringify(task);
  const changed = known.get(task.id) !== mark;
  known.set(task.id, mark);
  return changed;
}
