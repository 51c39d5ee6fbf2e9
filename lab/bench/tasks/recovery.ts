import { Redis } from 'ioredis';
import { MINUTE } from '#core/durations.ts';
import { readTask } from '#core/tasks/read-tasks.ts';
import { isOver } from '#core/tasks/task.ts';
import { until } from '#dev/ports.ts';
import type { Running } from '#dev/program.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { askCelery, type CeleryOptions, startCeleryWorker } from './celery.ts';
import { wallClock } from './contestant.ts';
import { askOurs, startOurWorker } from './ours.ts';

const PATIENT = 4 * MINUTE;

/** Kills a worker and all its processes by `kill -9`. Returns the seconds until another worker has done its task. */
export async function recoverOurs(connections: Connections, tools: Tools): Promise<number> {
  const { store } = connections;
  const first = await startOurWorker('first', connections, tools);
  const id = await askOurs(connections, { kind: 'fragile', data: { key: 'fragile' } });
  await until(() => reaches(store.redis, 'fragile', 1), PATIENT);
  return killAndWait([first, await startOurWorker('second', connections, tools)], async () => {
    const task = await readTask(connections, Number(id));
    if (!task || !isOver(task)) throw new Error('Expected the task to be over');
  });
}

/** The same for Celery. */
export async function recoverCelery(options: CeleryOptions, tools: Tools): Promise<number> {
  const redis = new Redis(options.url);
  try {
    const first = await startCeleryWorker('first', options, tools);
    const [id = ''] = await askCelery(options, ['fragile', '1', '0', 'fragile']);
    await until(() => reaches(redis, 'fragile', 1), PATIENT);
    const second = await startCeleryWorker('second', options, tools);
    return await killAndWait([first, second], async () => {
      if (!(await redis.exists(`celery-task-meta-${id}`))) throw new Error('Expected a result');
    });
  } finally {
    redis.disconnect();
  }
}

async function killAndWait(
  [first, second]: [Running, Running],
  isDone: () => Promise<void>,
): Promise<number> {
  const killedAt = wallClock();
  first.kill();
  await first.exited;
  try {
    await until(isDone, PATIENT);
    return (wallClock() - killedAt) / 1_000;
  } finally {
    await second.stop(2_000);
  }
}

async function reaches(redis: Redis, key: string, count: number): Promise<void> {
  if (Number(await redis.get(key)) < count) throw new Error(`Expected ${key} to reach ${count}`);
}

/**
 * Counts how often a task runs whose time lies beyond the visibility timeout. It waits until that time, and twice the
 * timeout longer.
 */
export async function runsOfLateTask(
  options: CeleryOptions & { visibilityS: number },
  tools: Tools,
): Promise<number> {
  const redis = new Redis(options.url);
  const workers = await Promise.all(['A', 'B'].map((name) => startCeleryWorker(name, options, tools)));
  try {
    await askCelery(options, ['counted', '1', '0', 'late', String(LATE_S)]);
    await until(() => reaches(redis, 'late', 1), PATIENT);
    const settledAt = wallClock() + 3_000;
    await until(async () => {
      if (wallClock() < settledAt) throw new Error('Expected copies to have come by then');
    }, PATIENT);
    return Number(await redis.get('late'));
  } finally {
    redis.disconnect();
    await Promise.all(workers.map((worker) => worker.stop(2_000)));
  }
}

/**
 * How far ahead such a task is due, in seconds: beyond the 100 s after which Celery looks for what was not
 * acknowledged.
 */
export const LATE_S = 130;
