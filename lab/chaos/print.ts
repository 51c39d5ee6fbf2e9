import { inWords } from '#lab/run/machine.ts';
import { layOut, significant, time } from '#lab/run/table.ts';
import type { BrokerRecovery } from '../recovery/recovery-table.ts';
import type { Speed } from './measure.ts';
import type { ChaosReport } from './report.ts';
import { QUEUE_SERVERS } from './stage/queue-servers.ts';

/** Prints a report for people. */
export function print(report: ChaosReport): void {
  console.log(`\nchaos · ${inWords(report.machine)}`);
  for (const table of [faults(report), speeds(report), looks(report), found(report)])
    console.log(`\n${layOut(table)}`);
  console.log(`\n${report.history}: what was done when`);
}

const faults = ({ broker, faults, seed }: ChaosReport) => ({
  title: `Faults (${broker}, seed ${seed})`,
  head: ['kind', 'times'],
  rows: Object.entries(faults).map(([kind, count]) => [kind, String(count)]),
  notes: QUEUE_SERVERS[broker].differs,
});

const speeds = ({ faultFree, underFaults }: ChaosReport) => ({
  title: 'Throughput of the same load',
  head: ['', 'posts/s', 'deliveries/s', 'delivered, median', 'delivered, p95'],
  rows: [row('without faults', faultFree), row('under faults', underFaults)],
});

const row = (name: string, { posts, deliveries, p50Ms, p95Ms }: Speed) => [
  name,
  significant(posts),
  significant(deliveries),
  time(p50Ms, 'ms'),
  time(p95Ms, 'ms'),
];

const looks = ({ posts, checked }: ChaosReport) => ({
  title: 'Looked at',
  head: ['', 'times'],
  rows: [
    ['posts accepted', posts.accepted],
    ['posts refused', posts.refused],
    ['posts without an answer', posts.open],
    ['tweets audited', checked.audited],
    ['entries found in timelines', checked.present],
    ['timelines found cold', checked.cold],
    ['home pages compared under faults', checked.reads],
    ['timelines read to their end at rest', checked.timelines],
    ['entries read', checked.entries],
    ['scheduled tweets held against the ledger', checked.scheduled],
    ['archives held against their results', checked.tasks],
    ['ticks of schedules', checked.ticks],
    ['progress figures compared', checked.progress],
    ['progress taken back by a crash of Postgres', checked.takenBack],
  ].map(([name, count]) => [String(name), Number(count).toLocaleString('en')]),
});

const found = ({ found, findings }: ChaosReport) => ({
  title: 'Found',
  head: ['', 'times'],
  rows: Object.entries(found).map(([kind, count]) => [kind, String(count)]),
  notes: findings,
});

/** Prints how soon all works again. */
export function printRecovery({ broker, recoveries }: BrokerRecovery): void {
  const rows = recoveries.map(({ what, medianMs, longestMs, goalMs }) => [
    what,
    ...[medianMs, longestMs, goalMs].map((ms) => time(ms, 'ms')),
  ]);
  console.log(
    `\n${layOut({ title: `Recovery (${broker})`, head: ['', 'median', 'longest', 'goal'], rows })}`,
  );
}
