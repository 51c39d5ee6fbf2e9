import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { Verdict } from '#core/lab/experiment.ts';
import { time } from '#core/lab/race-result.ts';
import { ROOT } from '#dev/paths.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { celery, celeryVersion } from '#lab/bench/tasks/celery.ts';
import { contest } from '#lab/bench/tasks/contest.ts';
import { ours } from '#lab/bench/tasks/ours.ts';
import { figuresOf } from '#lab/bench/tasks/results.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import { inWords } from '#lab/harness/machine.ts';
import { significant } from '#lab/harness/table.ts';
import { openServers } from '#lab/stage/stage.ts';
import type { Experiment } from './experiment.ts';
import type { RunStage } from './run-stage.ts';

const EQUAL = 0.1; // a smaller difference is the machine's noise

/** Runs the same tasks here and in Celery where that is installed. Elsewhere it shows the recorded figures. */
export const againstCelery: Experiment = {
  info: {
    id: 'against-celery',
    title: 'Against Celery',
    statement:
      'Celery is the task queue that others are compared with. Both run the same tasks, with as many workers, on the same Redis server.',
    question:
      'Two workers of four slots each take tasks that do nothing from a full queue. Which has more of them done in a second?',
    answers: [
      { id: 'ours', text: 'The tasks of this system.' },
      { id: 'same', text: 'Both about the same.' },
      { id: 'celery', text: 'Celery.' },
    ],
    breaks:
      'Nothing. Where Celery is installed, servers of their own are started for it and thrown away; elsewhere the recorded figures are shown.',
    why: 'Slots fetch their next task before the last one ends, claims and results go to Postgres in groups, and a task that is asked for alone wakes a worker before its row is on disk (worker/tasks/slots.ts, core/tasks/wake-ups.ts, docs/celery.md).',
    decision: 'docs/decisions/014-tasks-are-rows.md',
    size: { of: 'tasks, where Celery is installed', usual: 2_000, most: 10_000 },
    takes: 60,
  },
  async run(stage) {
    const version = await celeryVersion();
    const { figures, lines } = version ? await live(stage, version) : recorded();
    const ratio = figures.noop_ratio ?? Number.NaN;
    return {
      answer: () => {
        if (Math.abs(ratio - 1) <= EQUAL) return 'same';
        return ratio > 1 ? 'ours' : 'celery';
      },
      findings: Number.isNaN(ratio) ? ['nothing was measured'] : [],
      measured: [...lines, ...linesOf(figures)],
    };
  },
};

type Compared = { figures: Record<string, number>; lines: Verdict['measured'] };

/** Measures on servers of their own. On the system's servers, its workers and these would take each other's tasks. */
async function live(stage: RunStage, version: string): Promise<Compared> {
  const cleanup = new Cleanup();
  stage.onEnd(cleanup.run);
  try {
    const folder = openTempFolder('celery');
    cleanup.add(folder.remove);
    const tools = { log: () => {}, onEnd: cleanup.add };
    const servers = await openServers({
      ...{ ...tools, words: {}, env: process.env, dataDir: folder.dir, loadBefore: loadavg()[0] ?? 0 },
    });
    stage.note(`Celery ${version} is installed: both run on servers of their own`);
    const url = `${servers.servers.queueRedisUrl.replace(/\/\d*$/, '')}/1`;
    const contestants = { ours: ours(servers, tools), celery: celery({ url }, tools) };
    const tasks = stage.options.size;
    const few = Math.min(200, tasks);
    const results = await contest(
      contestants,
      { tasks, runs: 1, samples: few, fresh: few, warmUp: few },
      (line) => stage.note(line),
    );
    const figures = figuresOf(results, NOT_KILLED, {});
    return { figures, lines: [{ name: 'measured here and now', value: inWords(servers.machine) }] };
  } finally {
    await cleanup.run();
  }
}

/** Nothing is killed here, because another experiment shows what a kill does to a task. */
const NOT_KILLED = { ours: Number.NaN, celery: null, lateRuns: null };

const machine = z.object({
  ...{ cpu: z.string(), cores: z.number(), memoryGb: z.number(), platform: z.string(), node: z.string() },
  ...{ postgres: z.string(), redis: z.string(), loadBefore: z.number() },
});
const recording = z.object({
  recordedAt: z.string(),
  machine,
  figures: z.record(z.string(), z.number()),
});

/** The figures that `npm run bench -- tasks` recorded last. */
function recorded(): Compared {
  const text = readFileSync(join(ROOT, 'docs/figures/tasks.json'), 'utf8');
  const { recordedAt, machine: on, figures } = recording.parse(JSON.parse(text));
  return {
    figures,
    lines: [
      {
        name: 'Celery is not installed here (Debian: celery, python3-redis): recorded',
        value: `${recordedAt.slice(0, 10)} on ${inWords(on)}`,
      },
    ],
  };
}

const SHOWN: [string, string, (value: number) => string][] = [
  ['tasks that do nothing, a second', 'noop_per_s', significant],
  ['tasks of 10 ms, a second', 'ten_ms_per_s', significant],
  ['from asking to starting, p50', 'latency_p50_ms', time],
  ['from asking to starting, p99', 'latency_p99_ms', time],
  ['the same of workers just started, p99', 'fresh_p99_ms', time],
  ['MB a worker', 'memory_mb', String],
];

/** The figures of both that were measured. */
function linesOf(figures: Record<string, number>): Verdict['measured'] {
  return SHOWN.flatMap(([name, figure, write]) => {
    const [us, them] = [figures[`ours_${figure}`], figures[`celery_${figure}`]];
    if (us === undefined || them === undefined) return [];
    return [{ name: `${name}: here, in Celery`, value: `${write(us)}, ${write(them)}` }];
  });
}
