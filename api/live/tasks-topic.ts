import type { TaskView } from '#api/contract.ts';
import type { EventStream } from '#api/live/event-stream.ts';
import { Paced } from '#api/live/paced.ts';
import type { SessionAccount } from '#api/session.ts';
import { viewerOf, visibleTask } from '#api/visible-tasks.ts';
import type { Config } from '#core/config.ts';
import type { HintSource } from '#core/hints.ts';
import type { Database } from '#core/postgres.ts';
import type { TaskHint } from '#core/tasks/hints.ts';
import { readTasks } from '#core/tasks/read-tasks.ts';
import { readSchedules } from '#core/tasks/schedules.ts';

type Sources = Database & {
  config: Pick<Config, 'OPERATORS'>;
  taskChanges: HintSource<TaskHint[]>;
};

const PACE = 100; // ms between two events; what comes faster is summed up in the next
const NEWEST = 50; // tasks that are watched

/** Sends `tasks` events of an account's newest tasks: all of them first, then those that changed. */
export function streamTasks(stream: EventStream, sources: Sources, account: SessionAccount): void {
  const viewer = viewerOf(sources, account);
  watch(stream, sources.taskChanges, {
    read: async () =>
      (await readTasks(sources, { accountId: account.id, limit: NEWEST })).map((task) =>
        visibleTask(task, viewer),
      ),
    send: (tasks) => stream.send('tasks', { account: account.handle, tasks }),
    isMeant: (hints) => hints.includes(account.id),
  });
}

/** Sends `allTasks` events in the same way: everybody's newest, as this account may see them. */
export function streamAllTasks(stream: EventStream, sources: Sources, account: SessionAccount): void {
  const viewer = viewerOf(sources, account);
  watch(stream, sources.taskChanges, {
    read: async () => (await readTasks(sources, { limit: NEWEST })).map((task) => visibleTask(task, viewer)),
    send: (tasks) => stream.send('allTasks', { account: account.handle, tasks }),
    isMeant: (hints) => hints.some((hint) => hint !== 'schedules'),
  });
}

type Watched = {
  read(): Promise<TaskView[]>;
  send(tasks: TaskView[]): void;
  isMeant(hints: TaskHint[]): boolean;
};

function watch(
  stream: EventStream,
  taskChanges: HintSource<TaskHint[]>,
  { read, send, isMeant }: Watched,
): void {
  const known = new Map<number, string>();
  const paced = new Paced<'tasks'>(PACE, async () => {
    const changed = (await read()).filter((task) => changedSince(known, task));
    if (changed.length > 0) send(changed);
  });
  stream.onEnd(
    taskChanges.listen((hints) => {
      if (hints === 'resync' || isMeant(hints)) paced.touch('tasks');
    }),
  );
  stream.onEnd(() => paced.stop());
  paced.touch('tasks');
}

/** `now` changes whenever it is read. */
function changedSince(known: Map<number, string>, { now, ...task }: TaskView): boolean {
  const mark = JSON.stringify(task);
  const changed = known.get(task.id) !== mark;
  known.set(task.id, mark);
  return changed;
}

const SCHEDULES_PACE = 200; // ms between two events

/** Sends `schedules` events: all of them, at first and whenever one has changed or run. */
export function streamSchedules(
  stream: EventStream,
  { prisma, taskChanges }: Pick<Sources, 'prisma' | 'taskChanges'>,
): void {
  let known = '';
  const paced = new Paced<'schedules'>(SCHEDULES_PACE, async () => {
    const schedules = await readSchedules(prisma);
    const found = JSON.stringify(schedules);
    if (found !== known) stream.send('schedules', { schedules });
    known = found;
  });
  stream.onEnd(
    taskChanges.listen((hints) => {
      if (hints === 'resync' || hints.includes('schedules')) paced.touch('schedules');
    }),
  );
  stream.onEnd(() => paced.stop());
  paced.touch('schedules');
}
