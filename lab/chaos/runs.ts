import { z } from 'zod';
import { BROKERS } from '#broker/variables.ts';
import { significant } from '#lab/run/table.ts';
import { KIND_NAMES } from '../faults/kinds.ts';
import { toMarkdown } from './markdown.ts';

const speed = z.object({ posts: z.number(), deliveries: z.number(), p50Ms: z.number(), p95Ms: z.number() });

/** What is kept of a run's report. */
export const run = z.object({
  broker: z.enum(BROKERS),
  seed: z.number(),
  /** `door`: a stand-in for the web process, before that could run without Next. */
  web: z.enum(['next', 'api', 'door']),
  faults: z.record(z.string(), z.number()),
  found: z.record(z.string(), z.number()),
  posts: z.object({ accepted: z.number() }),
  checked: z.object({
    ...{ audited: z.number(), present: z.number(), reads: z.number(), entries: z.number() },
    // Not in the load of the first runs that were recorded.
    ...{ scheduled: z.number().optional(), tasks: z.number().optional(), ticks: z.number().optional() },
  }),
  faultFree: speed,
  underFaults: speed,
});

export type Run = z.infer<typeof run>;

/** The faults by kind and broker, what they found, and how fast the system was meanwhile. */
export function tables(runs: Run[]): string {
  return [faults(runs), speeds(runs)].map(toMarkdown).join('\n\n');
}

const PROMISES = ['lost', 'twice', 'hole'];

function faults(runs: Run[]) {
  const row = (name: string, of: (run: Run) => number) => [
    name,
    ...BROKERS.map((broker) => sum(runs.filter((each) => each.broker === broker).map(of))),
    sum(runs.map(of)),
  ];
  const found = (isMeant: (kind: string) => boolean) => (each: Run) =>
    total(Object.entries(each.found).flatMap(([kind, count]) => (isMeant(kind) ? [count] : [])));
  const tasks = [
    row('scheduled tweets held against the ledger', ({ checked }) => checked.scheduled ?? 0),
    row('archives held against their results', ({ checked }) => checked.tasks ?? 0),
    row('ticks of schedules', ({ checked }) => checked.ticks ?? 0),
  ];
  return {
    head: ['fault', ...BROKERS, 'sum'],
    rows: [
      ...KIND_NAMES.map((kind) => row(kind, ({ faults }) => faults[kind] ?? 0)),
      ...PROMISES.map((promise) => row(`**${promise}**`, ({ found }) => found[promise] ?? 0)),
      row(
        'any other finding',
        found((kind) => !PROMISES.includes(kind)),
      ),
      row('tweets accepted', ({ posts }) => posts.accepted),
      row('tweets audited', ({ checked }) => checked.audited),
      row('entries found in timelines', ({ checked }) => checked.present),
      row('home pages compared under faults', ({ checked }) => checked.reads),
      ...tasks.filter(([, ...counts]) => counts.some((count) => count !== '0')),
    ],
  };
}

const speeds = (runs: Run[]) => ({
  head: ['run', 'posts/s', 'deliveries/s', 'delivered, median', 'p95', 'fault-free: deliveries/s', 'median'],
  rows: runs.map(({ broker, seed, web, faultFree, underFaults }) => [
    `${broker}, seed ${seed}${web === 'next' ? '' : ', `--no-web`'}`,
    significant(underFaults.posts),
    significant(underFaults.deliveries),
    `${significant(underFaults.p50Ms)} ms`,
    `${significant(underFaults.p95Ms)} ms`,
    significant(faultFree.deliveries),
    `${significant(faultFree.p50Ms)} ms`,
  ]),
});

const total = (counts: number[]): number => counts.reduce((all, count) => all + count, 0);
const sum = (counts: number[]): string => total(counts).toLocaleString('en');
