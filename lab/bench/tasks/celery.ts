import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { z } from 'zod';
import { MINUTE } from '#core/durations.ts';
import { ROOT } from '#dev/paths.ts';
import { until } from '#dev/ports.ts';
import type { Running } from '#dev/program.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import { startUntilReady } from '#lab/stage/start-script.ts';
import { type Contestant, type DoneTask, SLOTS, twoWorkers } from './contestant.ts';

const PYTHON = '/usr/bin/python3';
const FOLDER = join(ROOT, 'lab/bench/tasks');
const SLOW = 4 * MINUTE;
const LOOK = 250; // ms

/** Celery's default: one process for each slot. */
const POOL = 'prefork';

/** What Celery's workers are started with, besides what celery_app.py says. */
export type CeleryOptions = {
  /** A database of its own on the same Redis server. */
  url: string;
  /** Seconds until an unacknowledged message is handed out again. Celery's default is an hour. */
  visibilityS?: number;
};

/** The version of Celery, or null where it is not installed. */
export async function celeryVersion(): Promise<string | null> {
  if (!existsSync(PYTHON)) return null;
  const script = 'import celery, redis; print(celery.__version__)';
  return promisify(execFile)(PYTHON, ['-c', script]).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}

/** Two workers of Celery. */
export function celery(options: CeleryOptions, tools: Tools): Contestant {
  const redis = new Redis(options.url);
  tools.onEnd(() => redis.disconnect());
  return {
    title: `Celery, ${POOL}`,
    ...twoWorkers((name) => startCeleryWorker(name, options, tools)),
    ask: (kind, count) => askCelery(options, [kind, String(count), '0']),
    askSlowly: (kind, count, pauseMs) => askCelery(options, [kind, String(count), String(pauseMs)]),
    done: (ids) => until(() => readDone(redis, ids), SLOW),
  };
}

/**
 * Asks from a process of Python. celery_ask.py explains the arguments. The result of a task says when it was asked for.
 */
export async function askCelery(options: CeleryOptions, args: string[]): Promise<string[]> {
  const run = promisify(execFile);
  const { stdout } = await run(PYTHON, [join(FOLDER, 'celery_ask.py'), ...args], {
    cwd: FOLDER,
    env: environment(options),
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim().split('\n');
}

const meta = z.object({
  status: z.string(),
  result: z.tuple([z.number(), z.number()]),
  date_done: z.string(),
});

async function readDone(redis: Redis, ids: string[]): Promise<DoneTask[]> {
  await wait(LOOK); // looking takes CPU from what is measured, so it is done rarely and cheaply
  const last = ids.slice(-100).map((id) => `celery-task-meta-${id}`);
  if ((await redis.exists(...last)) < last.length)
    throw new Error('Expected all tasks to be done, some are not');
  const done: DoneTask[] = [];
  for (let at = 0; at < ids.length; at += 1_000) {
    const texts = await redis.mget(ids.slice(at, at + 1_000).map((id) => `celery-task-meta-${id}`));
    for (const text of texts) if (text) done.push(asDone(text));
  }
  if (done.length < ids.length) throw new Error(`Expected ${ids.length} results, got ${done.length}`);
  return done;
}

function asDone(text: string): DoneTask {
  const { result, date_done } = meta.parse(JSON.parse(text));
  const [askedAt, startedAt] = result;
  return { askedAt, startedAt, finishedAt: Date.parse(date_done) };
}

/** Starts one worker. Resolves when it takes tasks. */
export function startCeleryWorker(
  name: string,
  options: CeleryOptions,
  { log, onEnd }: Tools,
): Promise<Running> {
  // Workers do not talk to each other here. That would cost time, and nothing needs it.
  const silent = ['-l', 'WARNING', '--without-gossip', '--without-mingle', '--without-heartbeat'];
  const worker = ['-m', 'celery', '-A', 'celery_app', 'worker', '-n', `${name}@bench`, '-P', POOL];
  const logErrors = (line: string) => void (/ERROR|CRITICAL|Traceback/.test(line) && log(line));
  return startUntilReady(
    {
      ...{ name: `celery ${name}`, command: PYTHON, cwd: FOLDER, env: environment(options) },
      args: [...worker, '-c', String(SLOTS), ...silent],
    },
    { log: logErrors, onEnd },
  );
}

const environment = ({ url, visibilityS = 3_600 }: CeleryOptions): NodeJS.ProcessEnv => ({
  ...process.env,
  BENCH_REDIS_URL: url,
  BENCH_VISIBILITY_S: String(visibilityS),
  PYTHONDONTWRITEBYTECODE: '1',
});
