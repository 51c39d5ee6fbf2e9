import { vi } from 'vitest';
import { z } from 'zod';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { type AskedTask, askTasks } from '#core/tasks/ask.ts';
import { handOver } from '#core/tasks/due.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import { isOver, type Task } from '#core/tasks/task.ts';
import type { WorkerContext } from '#worker/context.ts';
import { startTasks, type TaskOptions } from '#worker/tasks/start-tasks.ts';
import { type RegisteredKind, registered, type TaskKind } from '#worker/tasks/task-kind.ts';
import { workerContext } from './worker-context.ts';
import { openWorld, type World, type WorldOptions } from './world.ts';

type Run = TaskKind<unknown, unknown>['run'];

/** A world in which workers run tasks of kinds that a test makes up. */
export type TaskStage = {
  world: World;
  broker: Broker;
  context: WorkerContext;
  /** Adds a kind to those that every worker of this stage knows. */
  kind(name: string, run: Run, limits?: Partial<TaskKind<unknown, unknown>>): void;
  /** Starts a worker; `close` stops it. */
  work(name: string, options?: Partial<TaskOptions>): { stop(deadlineMs: number): Promise<void> };
  /** Asks for tasks and publishes them, as a web process does. Returns their ids. */
  ask(...asked: Partial<AskedTask>[]): Promise<number[]>;
  read(id: number): Promise<Task>;
  /** Waits until a task is over. */
  over(id: number): Promise<Task>;
  /** Waits until something holds for a task. */
  until(id: number, holds: (task: Task) => boolean): Promise<Task>;
  close(): Promise<void>;
};

/** Opens a stage without a worker. */
export async function openTaskStage(options?: WorldOptions): Promise<TaskStage> {
  const world = await openWorld(options);
  const { pool, prisma } = world.postgres;
  await prisma.$connect(); // otherwise the first schedule of a test would wait for it
  const broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: world.queueRedisUrl });
  const context = workerContext({ name: 'A', pool, prisma, broker, hints: world.timelines, chunkSize: 10 });
  const kinds = new Map<string, RegisteredKind>();
  const stops: (() => Promise<void>)[] = [];
  const stage: TaskStage = {
    ...{ world, broker, context },
    kind: (name, run, limits = {}) => void kinds.set(name, testKind(name, run, limits)),
    work: (name, options = {}) => {
      const tasks = { kinds, concurrency: 4, urgentConcurrency: 2, ...options };
      const { stop } = startTasks({ ...context, name }, tasks, () => {});
      stops.push(() => stop(1_000));
      return { stop };
    },
    ask: async (...partly) => {
      const asked = partly.map((task) => ({ kind: 'echo', data: {}, ...task }));
      const ids = await askTasks(pool, asked);
      await handOver(pool, (queue, messages) => broker.publish(queue, messages), ids);
      return ids;
    },
    read: async (id) => found(await readTask(world.postgres, id), id),
    over: (id) => stage.until(id, isOver),
    until: (id, holds) => vi.waitUntil(async () => holding(await stage.read(id), holds), PATIENT),
    close: async () => {
      await Promise.all(stops.map((stop) => stop()));
      await broker.close(0);
      await world.close();
    },
  };
  stage.kind('echo', async ({ data }) => data);
  return stage;
}

const PATIENT = { timeout: 30_000, interval: 20 };

function testKind(name: string, run: Run, limits: Partial<TaskKind<unknown, unknown>>): RegisteredKind {
  const usual = { data: z.unknown(), result: z.unknown(), softMs: 10_000, hardMs: 12_000, attempts: 3 };
  return registered({ name, run, ...usual, ...limits });
}

function found(task: Task | null, id: number): Task {
  if (!task) throw new Error(`Expected a task ${id}, found none`);
  return task;
}

const holding = (task: Task, holds: (task: Task) => boolean): Task | false => holds(task) && task;

/** A gate: a run waits for `opened`, and the test opens it. */
export function gate() {
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Resolves when the signal aborts, with its reason. */
export const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));
