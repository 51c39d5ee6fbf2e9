import { mapValues } from '#lab/harness/map-values.ts';
import { median, percentile, type Series } from '#lab/harness/statistics.ts';
import { significant, type Table, time } from '#lab/harness/table.ts';
import type { Lateness } from './scheduled.ts';

/** What was measured of one contestant, over all rounds. */
export type Result = {
  title: string;
  /** Tasks a second. */
  noop: number[];
  tenMs: number[];
  /** Milliseconds from asking to starting, with nothing else to do. */
  latency: number[];
  /** The same for the first tasks after a start. */
  fresh: number[];
  memoryMb: number;
};

export type Results = Record<string, Result>;

/** Null where Celery is missing. */
export type Recoveries = { ours: number; celery: number | null; lateRuns: number | null };

export const emptyResult = (title: string): Result => ({
  title,
  noop: [],
  tenMs: [],
  latency: [],
  fresh: [],
  memoryMb: 0,
});

/** `{name}_noop_per_s` and so on, and how ours compare with those of Celery. */
export function figuresOf(results: Results, recoveries: Recoveries, late: Record<string, Lateness>) {
  const each = Object.entries(results).flatMap(([name, result]) => [
    [`${name}_noop_per_s`, median(result.noop)],
    [`${name}_ten_ms_per_s`, median(result.tenMs)],
    [`${name}_latency_p50_ms`, percentile(result.latency, 50)],
    [`${name}_latency_p99_ms`, percentile(result.latency, 99)],
    [`${name}_fresh_p50_ms`, percentile(result.fresh, 50)],
    [`${name}_fresh_p99_ms`, percentile(result.fresh, 99)],
    [`${name}_memory_mb`, result.memoryMb],
  ]);
  const lateness = Object.entries(late).flatMap(([name, { left, started }]) => [
    [`${name}_left_p99_ms`, percentile(left, 99)],
    [`${name}_left_last_ms`, percentile(left, 100)],
    [`${name}_started_p99_ms`, percentile(started, 99)],
  ]);
  return {
    ...Object.fromEntries([...each, ...lateness]),
    ...againstCelery(results),
    recovery_ours_s: recoveries.ours,
    ...(recoveries.celery !== null && { recovery_celery_s: recoveries.celery }),
    ...(recoveries.lateRuns !== null && { late_runs_celery: recoveries.lateRuns }),
  };
}

/** Ratios above 1 are in our favour. */
function againstCelery({ ours, ...others }: Results) {
  const celery = Object.values(others);
  if (!ours || celery.length === 0) return {};
  const best = (of: (result: Result) => number) => Math.max(...celery.map(of));
  const least = (of: (result: Result) => number) => Math.min(...celery.map(of));
  return {
    noop_ratio: median(ours.noop) / best(({ noop }) => median(noop)),
    ten_ms_ratio: median(ours.tenMs) / best(({ tenMs }) => median(tenMs)),
    latency_p50_ratio: least(({ latency }) => percentile(latency, 50)) / percentile(ours.latency, 50),
    latency_p99_ratio: least(({ latency }) => percentile(latency, 99)) / percentile(ours.latency, 99),
  };
}

/** The values that `--json` prints. */
export function runsOf(results: Results): Record<string, Series> {
  return mapValues(results, ({ latency }) => ({ unit: 'ms' as const, values: latency }));
}

/** One row for each contestant. */
export function contestTable(results: Results, notes: string[]): Table {
  return {
    title: 'Two workers of four slots, one Redis server',
    head: ['', 'no-op/s', '10 ms/s', 'start p50', 'start p99', 'fresh p50', 'fresh p99', 'MB a worker'],
    rows: Object.values(results).map(({ title, noop, tenMs, latency, fresh, memoryMb }) => [
      title,
      significant(median(noop)),
      significant(median(tenMs)),
      time(percentile(latency, 50), 'ms'),
      time(percentile(latency, 99), 'ms'),
      time(percentile(fresh, 50), 'ms'),
      time(percentile(fresh, 99), 'ms'),
      String(memoryMb),
    ]),
    notes,
  };
}

/** How long after their time scheduled tasks left the ledger, and started. */
export function latenessTable(late: Record<string, { title: string } & Lateness>): Table {
  return {
    title: 'Scheduled tasks: milliseconds after their time',
    head: ['', 'left p50', 'left p99', 'last left', 'started p99'],
    rows: Object.values(late).map(({ title, left, started }) => [
      title,
      ...[percentile(left, 50), percentile(left, 99), percentile(left, 100), percentile(started, 99)].map(
        (ms) => time(ms, 'ms'),
      ),
    ]),
  };
}

/** What becomes of a task whose worker is killed, and of one whose time is far ahead. */
export function recoveryTable({ ours, celery, lateRuns }: Recoveries, notes: string[]): Table {
  const inSeconds = (value: number | null) => (value === null ? 'not measured' : time(value, 's'));
  return {
    title: 'A worker is killed; a task whose time is beyond the visibility timeout',
    head: ['', 'done by another after', 'runs of the late task'],
    rows: [
      ['ours', inSeconds(ours), '1, by design'],
      ['Celery', inSeconds(celery), lateRuns === null ? 'not measured' : String(lateRuns)],
    ],
    notes,
  };
}
