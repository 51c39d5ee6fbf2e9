import type { TaskView } from '#api/contract.ts';
import { Changes } from '#api/live/changes.ts';
import type { EventStream } from '#api/live/event-stream.ts';
import { SharedReads } from '#api/live/shared-reads.ts';
import type { SessionAccount } from '#api/session.ts';
import { type Viewer, visibleTask } from '#api/visible-tasks.ts';
import type { HintSource } from '#core/hints.ts';
import type { Database } from '#core/postgres.ts';
import type { TaskHint } from '#core/tasks/hints.ts';
import { readTasks } from '#core/tasks/read-tasks.ts';
import { readSchedules, type Schedule } from '#core/tasks/schedules.ts';
import type { Task } from '#core/tasks/task.ts';

type Sources = Database & { taskChanges: HintSource<TaskHint[]> };

const PACE = 100; // ms between two reads; what comes faster is summed up in the next
const SCHEDULES_PACE = 200; // ms
const NEWEST = 50; // tasks that are watched

/** The tasks that somebody looks at, of one account or of all. Streams that show the same share a read. */
export class WatchedTasks extends SharedReads<number | 'all', Task> {
  constructor(sources: Sources) {
    super({
      pace: PACE,
      read: (whose) => readTasks(sources, { accountId: whose === 'all' ? undefined : whose, limit: NEWEST }),
      idOf: ({ id }) => id,
      markOf: ({ now, ...task }) => JSON.stringify(task), // `now` changes whenever it is read
      listen: (reads) =>
        sources.taskChanges.listen((hints) => {
          if (hints === 'resync') reads.touchAll();
          else for (const hint of hints) if (hint !== 'schedules') touchTasks(reads, hint);
        }),
    });
  }
}

function touchTasks(reads: SharedReads<number | 'all', Task>, accountId: number | null): void {
  if (accountId !== null) reads.touch(accountId);
  reads.touch('all');
}

/** All schedules, read for all streams that show them. */
export class WatchedSchedules extends SharedReads<'all', Schedule[]> {
  constructor({ prisma, taskChanges }: Omit<Sources, 'pool'>) {
    super({
      pace: SCHEDULES_PACE,
      read: async () => [await readSchedules(prisma)],
      idOf: () => 'all',
      markOf: (schedules) => JSON.stringify(schedules),
      listen: (reads) =>
        taskChanges.listen((hints) => {
          if (hints === 'resync' || hints.includes('schedules')) reads.touchAll();
        }),
    });
  }
}

type Watching = { tasks: WatchedTasks };
/** The account that looks, and what it may see. */
type Looking = { account: SessionAccount; viewer: Viewer };

/** Sends `tasks` events of an account's newest tasks: all of them first, then those that changed. */
export function streamTasks(stream: EventStream, { tasks }: Watching, { account, viewer }: Looking): void {
  const changes = new Changes<TaskView>(stream, {
    idOf: ({ id }) => id,
    send: (told) => stream.send('tasks', { account: account.handle, tasks: told }),
  });
  stream.onEnd(
    tasks.watch(account.id, (changed) => changes.add(changed.map((task) => visibleTask(task, viewer)))),
  );
}

/** Sends `allTasks` events in the same way: everybody's newest, as this account may see them. */
export function streamAllTasks(stream: EventStream, { tasks }: Watching, { account, viewer }: Looking): void {
  const changes = new Changes<TaskView>(stream, {
    idOf: ({ id }) => id,
    send: (told) => stream.send('allTasks', { account: account.handle, tasks: told }),
  });
  stream.onEnd(
    tasks.watch('all', (changed) => changes.add(changed.map((task) => visibleTask(task, viewer)))),
  );
}

/** Sends `schedules` events: all of them, at first and whenever one has changed or run. */
export function streamSchedules(
  stream: EventStream,
  { schedules: watched }: { schedules: WatchedSchedules },
): void {
  stream.onEnd(watched.watch('all', ([schedules = []]) => stream.send('schedules', { schedules })));
}
