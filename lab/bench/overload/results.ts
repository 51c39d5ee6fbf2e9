import { type Series, sumOf } from '#lab/harness/statistics.ts';
import { significant, type Table, time, whole } from '#lab/harness/table.ts';
import { OVERLOADS, type Policy } from './policies.ts';
import type { Round } from './round.ts';

export type Rounds = { load: number; policy: Policy; round: Round }[];

/** The figures that the goals are about: those at 3 and 10 times the capacity. `steady` is the long round. */
export function figuresOf(rounds: Rounds, steady: Round) {
  const on = rounds.filter(({ policy }) => policy.backPressure);
  const over = (of: Rounds) => of.filter(({ load }) => OVERLOADS.includes(load)).map(({ round }) => round);
  const shipped = over(on.filter(({ policy }) => policy.jitter));
  const exact = over(on.filter(({ policy }) => !policy.jitter));
  const off = over(rounds.filter(({ policy }) => !policy.backPressure));
  const best = Math.max(...rounds.map(({ round }) => round.inTime));
  return {
    goodput_ratio: Math.min(...shipped.map(({ inTime }) => inTime)) / best,
    goodput_ratio_off: Math.min(...off.map(({ inTime }) => inTime)) / best,
    wait_p99_s: Math.max(...over(on).map(({ waitP99 }) => waitP99)),
    wait_p99_off_s: Math.max(...off.map(({ waitP99 }) => waitP99)),
    bound_exceeded: sumOf(on, ({ round }) => round.aboveBound),
    retry_success: retrySuccess(exact),
    retry_success_jitter: retrySuccess(shipped),
    // Without a steady state the law says nothing, and no number would be true.
    littles_law_error: steady.law?.state === 'steady' ? steady.law.difference : Number.NaN,
  };
}

/** Of the clients that came back, the share that was admitted at once. 1 when none had to come back. */
function retrySuccess(rounds: Round[]): number {
  const tried = sumOf(rounds, ({ seen }) => seen.firstRetries);
  return tried === 0 ? 1 : sumOf(rounds, ({ seen }) => seen.admittedAtFirstRetry) / tried;
}

/** How long answers took at the largest load with back pressure. Refusing must be cheap. */
export function runsOf(rounds: Rounds): Record<string, Series> {
  const most = rounds.filter(({ load, policy }) => policy.backPressure && load === Math.max(...OVERLOADS));
  const all = (pick: (round: Round) => number[]): Series => ({
    unit: 'ms',
    values: most.flatMap(({ round }) => pick(round)),
  });
  const runs = {
    admitted_10x: all(({ seen }) => seen.admittedMs),
    refused_10x: all(({ seen }) => seen.refusedMs),
  };
  return Object.fromEntries(Object.entries(runs).filter(([, { values }]) => values.length > 0));
}

const nameOf = ({ load, policy }: Rounds[number]) => `${load}× · ${policy.name}`;

/** One row a round. */
export function roundTable(
  rounds: Rounds,
  { followers, seconds, wait }: Record<'followers' | 'seconds' | 'wait', number>,
): Table {
  const waits = ['wait p50', 'wait p99', 'backlog'];
  const counts = ['tweets', 'admitted', '503', '2nd try in', 'queue'];
  return {
    title: `Tweets to ${whole(followers)} followers each, ${seconds} s a round, promised wait ${wait} s`,
    head: ['', 'done/s', 'in time/s', ...waits, ...counts],
    rows: rounds.map((each) => [nameOf(each), ...cells(each.round)]),
    notes: [
      `in time: done within ${wait} s of the 202. Rates are those of a round's last two thirds`,
      'wait without back pressure: what is not done at the end has waited at least that long',
      '2nd try in: of the clients that came back once, the share that was admitted then',
      'queue: growth of the broker’s Redis',
    ],
  };
}

function cells({ seen, done, inTime, waitP50, waitP99, mostBacklog, grownBytes }: Round): string[] {
  const { firstRetries, admittedAtFirstRetry } = seen;
  return [
    ...[done, inTime].map(significant),
    ...[waitP50, waitP99].map((wait) => time(wait, 's')),
    ...[mostBacklog, seen.offered, seen.admitted, seen.refusals].map(whole),
    firstRetries === 0 ? '–' : `${Math.round((100 * admittedAtFirstRetry) / firstRetries)} %`,
    `${significant(grownBytes / 2 ** 20)} MB`,
  ];
}

/** How many cores each process used in each round. This shows what refusing costs, and whether anything else ran. */
export function cpuTable(rounds: Rounds, seconds: number): Table {
  const names = [...(rounds[0]?.round.cpu.keys() ?? [])];
  const cores = ({ round }: Rounds[number], name: string) =>
    significant((round.cpu.get(name) ?? 0) / seconds);
  return {
    title: 'Cores used',
    head: ['', ...names],
    rows: rounds.map((each) => [nameOf(each), ...names.map((name) => cores(each, name))]),
    notes: [
      'the load process counts as the bench, which started it',
      'everything else: what else runs on the machine',
    ],
  };
}
