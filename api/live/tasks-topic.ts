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

/** The tasks and schedules that somebody looks at: one read for all streams of this process that show the same. */
export class WatchedTasks {
  readonly #tasks: SharedReads<number | 'all', Task>;
  readonly #schedules: SharedReads<'all', Schedule[]>;
  #isListening = false;

  constructor(private readonly sources: Sources) {
    this.#tasks = new SharedReads({
      pace: PACE,
      read: (whose) => readTasks(sources, { accountId: whose === 'all' ? undefined : whose, limit: NEWEST }),
      idOf: ({ id }) => id,
      markOf: ({ now, ...task }) => JSON.stringify(task), // `now` changes whenever it is read
    });
    this.#schedules = new SharedReads({
      pace: SCHEDULES_PACE,
      read: async () => [await readSchedules(sources.prisma)],
      idOf: () => 'all',
      markOf: (schedules) => JSON.stringify(schedules),
    });
  }

  /** Calls `listener` with the newest tasks of an account or of all, and then with those that changed. */
  watch(whose: number | 'all', listener: (tasks: Task[]) => void): () => void {
    this.#listen();
    return this.#tasks.watch(whose, listener);
  }

  /** Calls `listener` with all schedules, whenever one of them has changed. */
  watchSchedules(listener: (schedules: Schedule[]) => void): () => void {
    this.#listen();
    return this.#schedules.watch('all', (read) => read.forEach(listener));
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.sources.taskChanges.listen((hints) => {
      if (hints === 'resync') {
        this.#tasks.touchAll();
        this.#schedules.touchAll();
      } else for (const hint of hints) this.#hear(hint);
    });
  }

  #hear(hint: TaskHint): void {
    if (hint === 'schedules') this.#schedules.touch('all');
    else {
      if (hint !== null) this.#tasks.touch(hint);
      this.#tasks.touch('all');
    }
  }
}

type Watching = { tasks: WatchedTasks };
/** Whose screen it is, and what this person may see. */
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
export function streamSchedules(stream: EventStream, { tasks }: Watching): void {
  stream.onEnd(tasks.watchSchedules((schedules) => stream.send('schedules', { schedules })));
}
