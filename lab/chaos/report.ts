import type { BrokerName } from '#broker/variables.ts';
import { KIND_NAMES, type KindName } from '#lab/faults/kinds.ts';
import type { FindingKind, Findings } from '#lab/harness/findings.ts';
import { inWords, type Machine } from '#lab/harness/machine.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { sumOf } from '#lab/harness/statistics.ts';
import { layOut, significant, time, whole } from '#lab/harness/table.ts';
import { QUEUE_SERVERS } from '#lab/stage/controlled-servers.ts';
import type { RoundReport } from './round.ts';
import { overall, type Speed } from './speed.ts';

/** What a run did, how much it checked, what it found, and how fast the system was meanwhile. */
export type ChaosReport = {
  broker: BrokerName;
  seed: number;
  web: 'next' | 'api';
  /** Whether the timelines were on a cluster. */
  cluster: boolean;
  machine: Machine;
  faults: Record<KindName, number>;
  found: Record<FindingKind, number>;
  /** The first few of each kind, in words. */
  findings: string[];
  posts: RoundReport['posts'];
  checked: RoundReport['checked'];
  probed: RoundReport['probed'];
  faultFree: Speed;
  underFaults: Speed;
  /** The file with all that was done, and when. */
  history: string;
};

/** Sums up all rounds. */
export function reportRounds(faultFree: RoundReport, rounds: RoundReport[], findings: Findings) {
  const all = [faultFree, ...rounds];
  const faults = KIND_NAMES.map((kind) => [kind, sumOf(all, ({ inflicted }) => inflicted.get(kind) ?? 0)]);
  return {
    faults: Object.fromEntries(faults) as ChaosReport['faults'],
    found: findings.counts(),
    findings: findings.lines(),
    posts: total(all.map(({ posts }) => posts)),
    checked: total(all.map(({ checked }) => checked)),
    probed: total(all.map(({ probed }) => probed)),
    faultFree: faultFree.speed,
    underFaults: overall(rounds.map((round) => round.speed)),
  };
}

/** Adds up records with the same names. There must be at least one. */
const total = <K extends string>(records: Record<K, number>[]): Record<K, number> =>
  records.reduce((sums, record) => mapValues(sums, (sum, name) => sum + record[name]));

/** Prints a report for people. */
export function print(report: ChaosReport): void {
  console.log(`\nchaos · ${inWords(report.machine)}`);
  for (const table of [faultTable(report), speedTable(report), checkedTable(report), findingTable(report)])
    console.log(`\n${layOut(table)}`);
  console.log(`\n${report.history}: what was done when`);
}

const counted = ([name, count]: [string, number]) => [name, whole(count)];

const faultTable = ({ broker, faults, seed }: ChaosReport) => ({
  title: `Faults (${broker}, seed ${seed})`,
  head: ['kind', 'times'],
  rows: Object.entries(faults)
    .filter(([, times]) => times > 0)
    .map(counted),
  notes: QUEUE_SERVERS[broker].differs,
});

const speedTable = ({ faultFree, underFaults }: ChaosReport) => ({
  title: 'Throughput of the same load',
  head: ['', 'posts/s', 'deliveries/s', 'delivered, median', 'delivered, p95'],
  rows: [speedRow('without faults', faultFree), speedRow('under faults', underFaults)],
});

const speedRow = (name: string, { posts, deliveries, p50Ms, p95Ms }: Speed) => [
  ...[name, significant(posts), significant(deliveries)],
  ...[time(p50Ms, 'ms'), time(p95Ms, 'ms')],
];

const checkedTable = ({ posts, checked, probed }: ChaosReport) => ({
  title: 'Looked at',
  head: ['', 'times'],
  rows: Object.entries({
    'posts accepted': posts.accepted,
    'posts refused': posts.refused,
    'posts without an answer': posts.open,
    'tweets audited': checked.audited,
    'entries found in timelines': checked.present,
    'timelines found cold': checked.cold,
    'home pages compared under faults': checked.reads,
    'timelines read to their end at rest': checked.timelines,
    'entries read': checked.entries,
    'scheduled tweets compared with the ledger': checked.scheduled,
    'archives compared with their results': checked.tasks,
    'ticks of schedules': checked.ticks,
    'progress figures compared': checked.progress,
    'progress taken back by a crash of Postgres': checked.takenBack,
    'ordinary questions answered under faults': probed.answered,
    'refused, because the web process was busy': probed.refused,
    'not answered, because it was down': probed.away,
  }).map(counted),
});

const findingTable = ({ found, findings }: ChaosReport) => ({
  title: 'Found',
  head: ['', 'times'],
  rows: Object.entries(found).map(counted),
  notes: findings,
});
