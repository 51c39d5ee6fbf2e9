import type { CheckedTimelines } from '#lab/check/check-round.ts';
import type { Findings } from '#lab/harness/findings.ts';
import { percentile } from '#lab/harness/statistics.ts';
import { significant, type Table, time, whole } from '#lab/harness/table.ts';
import type { Held } from '#lab/stage/web-at-rest.ts';
import type { Deeds } from './order.ts';
import type { Seen } from './ordinary.ts';

type Measured = { idle: Seen; flooded: Seen; before: Held; after: Held };

/** How long ordinary people waited, and how much memory the web process held, without the flood and with it. */
export function ordinaryTable({ idle, flooded, before, after }: Measured): Table {
  const waits = (name: string, { posts, reads, refused }: Seen, { rssMb, inUseMb }: Held) => [
    ...[name, whole(posts.length), ...[50, 99].map((percent) => time(percentile(posts, percent), 'ms'))],
    ...[whole(reads.length), ...[50, 99].map((percent) => time(percentile(reads, percent), 'ms'))],
    [...refused].map(([status, count]) => `${status}: ${count}`).join(', ') || '0',
    ...[rssMb, inUseMb].map(significant),
  ];
  return {
    title: 'Ordinary posts to 12 followers and pages of home, and the web process afterwards',
    head: ['', 'posts', 'p50', 'p99', 'reads', 'p50', 'p99', 'refused', 'RSS, MB', 'in use, MB'],
    rows: [waits('alone', idle, before), waits('beside the flood', flooded, after)],
    notes: [
      'a wait begins when somebody wants something, also when the clock of the bench is late',
      'memory is measured after a collection of garbage, some seconds after the last answer',
    ],
  };
}

/** What the generator did, and which answers it got. */
export const harmTable = ({ harms, share }: Deeds): Table => ({
  title: 'The flood',
  head: ['kind', 'a second', 'done', 'left out', 'answers'],
  rows: harms.map(({ name, perSecond, done, leftOut, answers }) => [
    ...[name, String(perSecond), whole(done), whole(leftOut), inWords(answers)],
  ]),
  notes: [
    `the generator took ${(100 * share).toFixed(1)} % of the machine; what would have been more than its share is left out`,
    'none: the connection ended without an answer, or nobody read it',
  ],
});

const inWords = (answers: Record<string, number>): string =>
  Object.entries(answers)
    .map(([status, count]) => `${status}: ${whole(count)}`)
    .join(', ');

/** What was compared afterwards, and what was wrong. */
export const checkedTable = (checked: CheckedTimelines, findings: Findings): Table => ({
  title: 'Checked afterwards',
  head: ['', 'times'],
  rows: [
    ['tweets audited', whole(checked.audited)],
    ['entries found in timelines', whole(checked.present)],
    ['timelines read to their end', whole(checked.timelines)],
    ['entries read', whole(checked.entries)],
    ['found wrong', whole(findings.total)],
  ],
  notes: findings.lines(),
});
