import { z } from 'zod';
import { BROKERS } from '#broker/variables.ts';
import { KIND_NAMES } from '#lab/faults/kinds.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import { significant, time, toMarkdown, whole } from '#lab/harness/table.ts';
import { type BrokerRecovery, brokerRecovery } from '#lab/recovery/measure-recovery.ts';

const speed = z.object({ posts: z.number(), deliveries: z.number(), p50Ms: z.number(), p95Ms: z.number() });

const run = z.object({
  broker: z.enum(BROKERS),
  seed: z.number(),
  /** Old records have `door`: a stand-in for the web process, from the time when that could not run without Next. */
  web: z.enum(['next', 'api', 'door']),
  /** Whether the timelines were on a cluster. Old records do not say: they were not. */
  cluster: z.boolean().optional(),
  faults: z.record(z.string(), z.number()),
  found: z.record(z.string(), z.number()),
  posts: z.object({ accepted: z.number() }),
  checked: z.object({
    ...{ audited: z.number(), present: z.number(), reads: z.number(), entries: z.number() },
    // The load of the first recorded runs had no tasks.
    ...{ scheduled: z.number().optional(), tasks: z.number().optional(), ticks: z.number().optional() },
  }),
  faultFree: speed,
  underFaults: speed,
});
type Run = z.infer<typeof run>;

/** All runs and recoveries in docs/figures. */
export const recorded = z.object({ runs: z.array(run), recoveries: z.array(brokerRecovery) });
export type Recorded = z.infer<typeof recorded>;

/** The last line that `--json` prints, of a run or of a recovery. */
export const output = z.union([z.object({ chaos: run }), z.object({ recovery: brokerRecovery })]);

/** The tables of docs/faults.md, by the names of their places there. */
export function sections({ runs, recoveries }: Recorded): Record<string, string> {
  const onCluster = runs.filter(({ cluster }) => cluster);
  return {
    'production web': runTables(runs.filter(({ web, cluster }) => web === 'next' && !cluster)),
    'no web': runTables(runs.filter(({ web, cluster }) => web !== 'next' && !cluster)),
    ...(onCluster.length > 0 && { cluster: runTables(onCluster) }),
    recovery: recoveryTable(recoveries),
  };
}

const runTables = (runs: Run[]) => [faultTable(runs), speedTable(runs)].map(toMarkdown).join('\n\n');

const PROMISES = ['lost', 'twice', 'hole'];

function faultTable(runs: Run[]) {
  const groups = [...BROKERS.map((broker) => runs.filter((each) => each.broker === broker)), runs];
  const row = (name: string, of: (run: Run) => number) => [
    name,
    ...groups.map((group) => whole(sumOf(group, of))),
  ];
  const others = ({ found }: Run) =>
    sumOf(Object.entries(found), ([kind, count]) => (PROMISES.includes(kind) ? 0 : count));
  const tasks = [
    row('scheduled tweets held against the ledger', ({ checked }) => checked.scheduled ?? 0),
    row('archives held against their results', ({ checked }) => checked.tasks ?? 0),
    row('ticks of schedules', ({ checked }) => checked.ticks ?? 0),
  ];
  const happened = KIND_NAMES.filter((kind) => runs.some(({ faults }) => (faults[kind] ?? 0) > 0));
  return {
    head: ['fault', ...BROKERS, 'sum'],
    rows: [
      ...happened.map((kind) => row(kind, ({ faults }) => faults[kind] ?? 0)),
      ...PROMISES.map((promise) => row(`**${promise}**`, ({ found }) => found[promise] ?? 0)),
      row('any other finding', others),
      row('tweets accepted', ({ posts }) => posts.accepted),
      row('tweets audited', ({ checked }) => checked.audited),
      row('entries found in timelines', ({ checked }) => checked.present),
      row('home pages compared under faults', ({ checked }) => checked.reads),
      ...tasks.filter(([, ...counts]) => counts.some((count) => count !== '0')),
    ],
  };
}

const speedTable = (runs: Run[]) => ({
  head: ['run', 'posts/s', 'deliveries/s', 'delivered, median', 'p95', 'fault-free: deliveries/s', 'median'],
  rows: runs.map(({ broker, seed, web, faultFree, underFaults }) => [
    `${broker}, seed ${seed}${web === 'next' ? '' : ', `--no-web`'}`,
    ...[underFaults.posts, underFaults.deliveries].map(significant),
    ...[underFaults.p50Ms, underFaults.p95Ms].map((ms) => time(ms, 'ms')),
    ...[significant(faultFree.deliveries), time(faultFree.p50Ms, 'ms')],
  ]),
});

/** How soon everything works again, one column for each broker. */
function recoveryTable(all: BrokerRecovery[]): string {
  const names = [...new Set(all.flatMap(({ recoveries }) => recoveries.map(({ what }) => what)))];
  const cell = (what: string, { recoveries }: BrokerRecovery) => {
    const found = recoveries.find((recovery) => recovery.what === what);
    return found ? `${significant(found.medianMs)} / ${time(found.longestMs, 'ms')}` : '';
  };
  return toMarkdown({
    head: ['median / longest', ...all.map(({ broker }) => broker)],
    rows: names.map((what) => [what, ...all.map((broker) => cell(what, broker))]),
  });
}
