import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { significant } from '#bench/run/table.ts';
import { BROKERS } from '../broker.ts';
import { ROOT } from '../paths.ts';
import { StartError } from '../start-error.ts';
import { KIND_NAMES } from './faults/kinds.ts';
import { toMarkdown } from './markdown.ts';

const speed = z.object({ posts: z.number(), deliveries: z.number(), p50Ms: z.number(), p95Ms: z.number() });

/** What is kept of a run's report. */
const run = z.object({
  broker: z.enum(BROKERS),
  seed: z.number(),
  web: z.enum(['next', 'door']),
  faults: z.record(z.string(), z.number()),
  found: z.record(z.string(), z.number()),
  posts: z.object({ accepted: z.number() }),
  checked: z.object({ audited: z.number(), present: z.number(), reads: z.number(), entries: z.number() }),
  faultFree: speed,
  underFaults: speed,
});

export type Run = z.infer<typeof run>;

const FIGURES = join(ROOT, 'docs/figures/chaos.json');
const DOCUMENT = join(ROOT, 'docs/faults.md');
const PLACE = /(<!-- npm run chaos -- --record -->\n)[\s\S]*?(\n<!-- end -->)/;

/** Keeps what these outputs of `npm run chaos -- --json` say in docs/figures, and as tables in docs/faults.md. */
export function record(files: string[]): void {
  if (files.length === 0)
    throw new StartError('--record: expected files, got none', 'Their last line is JSON.');
  const runs = files.map(readRun).sort((a, b) => order(a) - order(b) || a.seed - b.seed);
  writeFileSync(FIGURES, `${JSON.stringify(runs, null, 2)}\n`);
  const text = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(
    DOCUMENT,
    text.replace(PLACE, (_, from, to) => `${from}\n${tables(runs)}\n${to}`),
  );
}

/** What is recorded, and what the document says of it. */
export function readRecord(): { runs: Run[]; document: string } {
  const runs = z.array(run).parse(JSON.parse(readFileSync(FIGURES, 'utf8')));
  return { runs, document: readFileSync(DOCUMENT, 'utf8') };
}

const order = ({ broker }: Run): number => BROKERS.indexOf(broker);

function readRun(file: string): Run {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const report = z.object({ chaos: run }).safeParse(parse(lines.at(-1)));
  if (report.success) return report.data.chaos;
  throw new StartError(
    `${file}: ${z.prettifyError(report.error)}`,
    'Expected what `--json` prints at the end.',
  );
}

function parse(line = ''): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return line;
  }
}

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
    ],
  };
}

const speeds = (runs: Run[]) => ({
  head: ['run', 'posts/s', 'deliveries/s', 'delivered, median', 'p95', 'fault-free: deliveries/s', 'median'],
  rows: runs.map(({ broker, seed, web, faultFree, underFaults }) => [
    `${broker}, seed ${seed}${web === 'door' ? ', `--no-web`' : ''}`,
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
