import { mapValues } from '#lab/harness/map-values.ts';
import { median } from '#lab/harness/statistics.ts';
import { significant, type Table, time } from '#lab/harness/table.ts';
import type { Round } from './round.ts';

const NAMES = {
  'mix 1': '2 to 1,000 followers',
  'mix 4': '2 to 1,000 followers',
  'mix 16': '2 to 1,000 followers',
  'mix 64': '2 to 1,000 followers',
  'none 16': 'no followers',
  'twelve 16': '12 followers',
  'rows 16': 'limit: a post’s rows alone',
};

/** Rounds by their authors and connections. */
export type Rounds = Record<keyof typeof NAMES, Round[]>;

/** One row for each kind of author and each number of connections. */
export function roundTable(rounds: Rounds, sizes: { seconds: number; rounds: number }): Table {
  const rows = mapValues(NAMES, (title, way) => {
    const middle = (figure: 'perSecond' | 'p50' | 'p99') => median(rounds[way].map((round) => round[figure]));
    const posts = rounds[way].reduce((sum, round) => sum + round.posts, 0).toLocaleString('en');
    const latencies = [time(middle('p50'), 'ms'), time(middle('p99'), 'ms')];
    return [title, way.split(' ')[1] ?? '', significant(middle('perSecond')), ...latencies, posts];
  });
  return {
    title: `POST /api/tweets, ${sizes.seconds} s of posting a round, medians of ${sizes.rounds} rounds in turn`,
    head: ['authors with', 'connections', 'posts/s', 'p50 to 202', 'p99 to 202', 'posts'],
    rows: Object.values(rows),
    notes: [
      'posts/s: delivered to the last row of the ledger, from the first accepted to the last finished',
      'every post is in every timeline, none twice, and the backlog 0 after each round; fsync is on',
      'limit: key, tweet and fan-out by one prepared statement; no rate, no bound, no delivery',
    ],
  };
}

const PROCESSES: [name: string, shown: string][] = [
  ['web', 'web'],
  ['postgres', 'Postgres'],
  ['queue', 'Redis, queue'],
  ['timelines', 'Redis, timelines'],
  ['worker', 'workers'],
  ['everything else', 'everything else'],
];

/**
 * Milliseconds of CPU that a post takes in each process. Processes of one kind are added up. The limit has no
 * processes.
 */
export function cpuTable(rounds: Rounds): Table {
  const rows = mapValues(NAMES, (title, way) => [
    `${title}, ${way.split(' ')[1]}`,
    ...PROCESSES.map(([name]) => significant(median(rounds[way].map((round) => msOf(name, round))))),
  ]);
  const { 'rows 16': _, ...posting } = rows;
  return {
    title: 'CPU a post, ms',
    head: ['authors with, connections', ...PROCESSES.map(([, shown]) => shown)],
    rows: Object.values(posting),
    notes: ['everything else: wrk, the bench and whatever else runs on the machine'],
  };
}

/** Milliseconds of CPU that a post takes in processes of one kind: those whose names begin so. */
export function msOf(kind: string, { cpu, posts }: Round): number {
  const seconds = [...cpu].filter(([name]) => name.startsWith(kind)).reduce((sum, [, used]) => sum + used, 0);
  return (1_000 * seconds) / posts;
}
