import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Running } from '#dev/program.ts';
import { sharedMemoryMb } from '#lab/stage/process-use.ts';
import { byName } from '#worker/tasks/kinds.ts';
import { registered } from '#worker/tasks/task-kind.ts';

/** Two workers of four slots each, on one Redis server: ours or Celery's. */
export type Contestant = {
  title: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Asks for tasks as fast as one client can. Resolves with their ids. */
  ask(kind: BenchKind, count: number): Promise<string[]>;
  /** Asks for one every `pauseMs`. */
  askSlowly(kind: BenchKind, count: number, pauseMs: number): Promise<string[]>;
  /** Waits until all are done. */
  done(ids: string[]): Promise<DoneTask[]>;
  /** Megabytes of one worker. A page that several processes share counts as a part for each. */
  memoryMb(): number;
};

/** Starts and stops two workers and measures their memory, in the same way for both contestants. */
export function twoWorkers(
  start: (name: string) => Promise<Running>,
): Pick<Contestant, 'start' | 'stop' | 'memoryMb'> {
  let workers: Running[] = [];
  return {
    start: async () => {
      workers = await Promise.all(['A', 'B'].map(start));
    },
    stop: async () => {
      await Promise.all(workers.map((worker) => worker.stop(5_000)));
      workers = [];
    },
    memoryMb: () => Math.max(...workers.map(({ pid }) => sharedMemoryMb(pid))),
  };
}

export type BenchKind = 'noop' | 'ten_ms';

/** Three moments of a task by the wall clock, in ms since 1970. */
export const doneTask = z.object({ askedAt: z.number(), startedAt: z.number(), finishedAt: z.number() });
export type DoneTask = z.infer<typeof doneTask>;

/** Slots of each of the two workers. */
export const SLOTS = 4;

/** Tasks a second without the first and the last tenth: starting up and running out do not count. */
export function throughput(done: DoneTask[]): number {
  const finished = done.map(({ finishedAt }) => finishedAt).sort((a, b) => a - b);
  const at = (share: number) => finished[Math.floor(share * (finished.length - 1))] ?? 0;
  return (0.8 * finished.length) / Math.max(0.001, (at(0.9) - at(0.1)) / 1_000);
}

const limits = { softMs: 600_000, hardMs: 600_000, attempts: 5 };
const asked = z.object({ askedAt: z.number() });
const keyed = z.object({ key: z.string() });
const result = z.number();

/** Milliseconds since 1970 with their fractions, as Python's `time.time()` has them. */
export const wallClock = (): number => performance.timeOrigin + performance.now();

/** The tasks of the bench. celery_app.py has the same ones. A result is the moment at which the task was started. */
export const BENCH_KINDS = byName([
  registered({ ...{ name: 'noop', data: asked, result }, ...limits, run: async () => wallClock() }),
  registered({
    ...{ name: 'ten_ms', data: asked, result, ...limits },
    run: async () => {
      const startedAt = wallClock();
      await wait(10);
      return startedAt;
    },
  }),
  registered({
    ...{ name: 'fragile', data: keyed, result, ...limits },
    run: async ({ data: { key }, context: { hints } }) => {
      if ((await hints.incr(key)) === 1) await wait(600_000);
      return wallClock();
    },
  }),
  registered({
    ...{ name: 'counted', data: keyed, result, ...limits },
    run: ({ data: { key }, context: { hints } }) => hints.incr(key),
  }),
]);
