import { significant, type Table, time } from '#lab/run/table.ts';
import type { Rounds } from './figures.ts';
import type { Round } from './round.ts';

type Sizes = Record<'followers' | 'seconds' | 'wait', number>;

/** One row a round. */
export function roundTable(rounds: Rounds, { followers, seconds, wait }: Sizes): Table {
  const rows = rounds.map(({ load, policy, round }) => [`${load}× · ${policy.name}`, ...cells(round)]);
  return {
    title: `Tweets to ${followers.toLocaleString('en')} followers each, ${seconds} s a round, promised wait ${wait} s`,
    head: [
      '',
      'done/s',
      'in time/s',
      'wait p50',
      'wait p99',
      'backlog',
      'tweets',
      'admitted',
      '503',
      '2nd try in',
      'queue',
    ],
    rows,
    notes: [
      `in time: done within ${wait} s of the 202. Rates are those of a round's last two thirds`,
      'wait without back pressure: what is not done at the end has waited at least that long',
      '2nd try in: of the clients that came back once, the share that was admitted then',
      'queue: growth of the broker’s Redis',
    ],
  };
}

function cells({ seen, done, inTime, waitP50, waitP99, mostBacklog, grownBytes }: Round): string[] {
  const again =
    seen.firstRetries === 0 ? '–' : `${Math.round((100 * seen.admittedAtFirstRetry) / seen.firstRetries)} %`;
  return [
    significant(done),
    significant(inTime),
    time(waitP50, 's'),
    time(waitP99, 's'),
    mostBacklog.toLocaleString('en'),
    ...[seen.offered, seen.admitted, seen.refusals].map((count) => count.toLocaleString('en')),
    again,
    `${significant(grownBytes / 2 ** 20)} MB`,
  ];
}
