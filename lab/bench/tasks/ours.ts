import { setTimeout as wait } from 'node:timers/promises';
import { MINUTE } from '#core/durations.ts';
import { readRows } from '#core/rows.ts';
import { type AskedTask, askTasks } from '#core/tasks/ask.ts';
import { askNow } from '#core/tasks/ask-now.ts';
import { handOver } from '#core/tasks/due.ts';
import { until } from '#dev/ports.ts';
import type { Running } from '#dev/program.ts';
import type { Tools } from '#lab/harness/run-bench.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { scriptCommand, startUntilReady } from '#lab/stage/start-script.ts';
import {
  type BenchKind,
  type Contestant,
  type DoneTask,
  doneTask,
  SLOTS,
  twoWorkers,
  wallClock,
} from './contestant.ts';

/** Tasks in one transaction. Celery's client asks for one at a time, ours may ask for many. */
const BATCH = 1_000;
const SLOW = 2 * MINUTE;
const LOOK = 250; // ms

/** Two workers of ours, with the names A and B. */
export function ours(connections: Connections, tools: Tools): Contestant {
  const { pool } = connections;
  return {
    title: 'ours',
    ...twoWorkers((name) => startOurWorker(name, connections, tools)),
    ask: async (kind, count) => {
      const ids: string[] = [];
      while (ids.length < count) {
        const batch = Array.from({ length: Math.min(BATCH, count - ids.length) }, () => task(kind));
        ids.push(...(await askMany(connections, batch)));
      }
      return ids;
    },
    askSlowly: async (kind, count, pauseMs) => {
      const ids: string[] = [];
      for (let n = 0; n < count; n++) {
        ids.push(await askOurs(connections, task(kind)));
        await wait(pauseMs);
      }
      return ids;
    },
    done: (ids) => until(() => readDone(pool, ids), SLOW),
  };
}

const task = (kind: BenchKind): AskedTask => ({ kind, data: { askedAt: wallClock() } });

/** Asks as a web process does: the row is on disk before the broker gets the message. */
export async function askOurs(connections: Connections, task: AskedTask): Promise<string> {
  const id = await askNow(connections.pool, connections.store.redis, task);
  await publish(connections, [id]);
  return String(id);
}

/** Asks for many at once, in one transaction. */
async function askMany(connections: Connections, tasks: AskedTask[]): Promise<string[]> {
  const ids = await askTasks(connections.pool, tasks);
  await publish(connections, ids);
  return ids.map(String);
}

const publish = ({ pool, broker }: Connections, ids: number[]): Promise<void> =>
  handOver(pool, (queue, messages) => broker.publish(queue, messages), ids);

async function readDone(pool: Connections['pool'], ids: string[]): Promise<DoneTask[]> {
  await wait(LOOK); // looking takes CPU from what is measured, so it is done rarely and cheaply
  const unfinished = await pool.query('SELECT FROM task WHERE finished_at IS NULL LIMIT 1');
  if (unfinished.rowCount) throw new Error('Expected all tasks to be done, some are not');
  const rows = await readRows(pool, doneTask, {
    text: `SELECT (data ->> 'askedAt')::float8 AS "askedAt", result::text::float8 AS "startedAt",
       (extract(epoch FROM finished_at) * 1000)::float8 AS "finishedAt"
     FROM task WHERE id = ANY($1::bigint[]) AND state = 'succeeded' ORDER BY id`,
    values: [ids],
  });
  if (rows.length < ids.length)
    throw new Error(`Expected ${ids.length} tasks to be done, ${rows.length} are`);
  return rows;
}

/** Starts one worker. Resolves when it takes tasks. */
export function startOurWorker(name: string, { env: given }: Connections, tools: Tools): Promise<Running> {
  const concurrency = { TASK_CONCURRENCY: String(SLOTS), URGENT_CONCURRENCY: '1' };
  const env = { ...given, ...concurrency, WORKER_NAME: name };
  const command = scriptCommand('lab/bench/tasks/worker.ts');
  return startUntilReady({ ...command, name: `worker ${name}`, env }, tools);
}
