import { type Run, runBench } from '#lab/harness/run-bench.ts';
import { whole } from '#lab/harness/table.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { openServers } from '#lab/stage/stage.ts';
import { celery, celeryVersion } from './tasks/celery.ts';
import { contest } from './tasks/contest.ts';
import type { Contestant } from './tasks/contestant.ts';
import { ours } from './tasks/ours.ts';
import { LATE_S, recoverCelery, recoverOurs, runsOfLateTask } from './tasks/recovery.ts';
import {
  contestTable,
  figuresOf,
  latenessTable,
  type Recoveries,
  recoveryTable,
  runsOf,
} from './tasks/results.ts';
import { allAtOnce, spreadOut } from './tasks/scheduled.ts';

/*
 * Our tasks and those of Celery on the same Redis server. Both have two workers of four slots each, store results,
 * acknowledge when a task is done, and fetch one message ahead for each slot. Throughput is measured on a queue that is
 * full before the workers start, without the first and the last tenth of the tasks. Latency is the time from asking to
 * the first line of the task, one task at a time on an idle system. It is measured with workers that have run for a
 * while, and with workers that have just been started.
 */

type Sizes = 'tasks' | 'runs' | 'samples' | 'pending';
const VISIBILITY = 10; // s; Celery's default is an hour, which nobody would wait for here
const FRESH = 250; // first tasks of a worker: V8 still compiles what they run
const WARM_UP = 5_000; // tasks, one by one without a pause

async function measure(run: Run<Sizes>) {
  const stage = await openServers(run);
  const version = await celeryVersion();
  if (!version) run.log('Celery is not installed (Debian: celery, python3-redis): its side is skipped');
  const redisUrl = stage.servers.queueRedisUrl.replace(/\/\d*$/, '');
  const sizes = { ...run.sizes, fresh: FRESH, warmUp: WARM_UP };
  const results = await contest(contestantsOf(stage, { run, redisUrl, version }), sizes, run.log);
  const late = await measureLateness(stage, run);
  const recoveries = await recover(stage, { run, redisUrl, version });
  const notes = notesOf(version);
  return {
    machine: stage.machine,
    runs: runsOf(results),
    figures: figuresOf(results, recoveries, late),
    tables: [
      contestTable(results, notes.contest),
      latenessTable(late),
      recoveryTable(recoveries, notes.recovery),
    ],
  };
}

type Against = { run: Run<Sizes>; redisUrl: string; version: string | null };

function contestantsOf(
  connections: Connections,
  { run, redisUrl, version }: Against,
): Record<string, Contestant> {
  const us = { ours: ours(connections, run) };
  if (!version) return us;
  return { ...us, celery: celery({ url: `${redisUrl}/1` }, run) };
}

async function measureLateness(connections: Connections, run: Run<Sizes>) {
  const { pending } = run.sizes;
  const workers = ours(connections, run);
  await workers.start();
  run.log(`${pending} scheduled tasks …`);
  const many = whole(pending);
  const moment = `${many} due at the same moment`;
  const late = {
    fresh_burst: { title: `${moment}, workers just started`, ...(await allAtOnce(connections, pending)) },
    spread: {
      title: `one after the other, ${many} more pending`,
      ...(await spreadOut(connections, pending)),
    },
    burst: { title: `${moment}, ${many} more pending`, ...(await allAtOnce(connections, pending)) },
  };
  await workers.stop();
  return late;
}

async function recover(connections: Connections, { run, redisUrl, version }: Against): Promise<Recoveries> {
  run.log('a worker is killed …');
  const ourSeconds = await recoverOurs(connections, run);
  if (!version) return { ours: ourSeconds, celery: null, lateRuns: null };
  const options = { visibilityS: VISIBILITY };
  // The two run at the same time. Both wait until Celery looks for what was not acknowledged, which it does every
  // hundred seconds.
  const [celerySeconds, lateRuns] = await Promise.all([
    recoverCelery({ ...options, url: `${redisUrl}/3` }, run),
    runsOfLateTask({ ...options, url: `${redisUrl}/4` }, run),
  ]);
  return { ours: ourSeconds, celery: celerySeconds, lateRuns };
}

function notesOf(version: string | null) {
  if (!version) return { contest: ['Celery is not installed: skipped'], recovery: [] };
  return {
    contest: [
      `Celery ${version} on Debian's Python; acks_late, prefetch 1, results in Redis; medians of all runs`,
    ],
    recovery: [
      `Celery with a visibility timeout of ${VISIBILITY} s (its default is an hour); the late task is due in ${LATE_S} s`,
    ],
  };
}

await runBench<Sizes>({
  name: 'tasks',
  sizes: { tasks: 10_000, runs: 3, samples: 1_500, pending: 10_000 },
  goals: {
    noop_ratio: { atLeast: 1 },
    ten_ms_ratio: { atLeast: 1 },
    latency_p50_ratio: { atLeast: 1 },
    latency_p99_ratio: { atLeast: 1 },
    burst_left_last_ms: { atMost: 1_000 },
    spread_started_p99_ms: { atMost: 1_000 },
  },
  measure,
});
