import type { Series } from '#lab/run/statistics.ts';
import { OVERLOADS, type Policy } from './policies.ts';
import type { Round } from './round.ts';

export type Rounds = { load: number; policy: Policy; round: Round }[];

/** The figures that the goals are about: those at 3 and 10 times the capacity, unless told; `steady` is the long round. */
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
    bound_exceeded: on.reduce((sum, { round }) => sum + round.aboveBound, 0),
    retry_success: retrySuccess(exact),
    retry_success_jitter: retrySuccess(shipped),
    // Not steady is not shown, which is no number.
    littles_law_error: steady.law?.state === 'steady' ? steady.law.difference : Number.NaN,
  };
}

/** Of the clients that came back once, the share that was admitted then; 1 when none had to. */
function retrySuccess(rounds: Round[]): number {
  const tried = rounds.reduce((sum, { seen }) => sum + seen.firstRetries, 0);
  const admitted = rounds.reduce((sum, { seen }) => sum + seen.admittedAtFirstRetry, 0);
  return tried === 0 ? 1 : admitted / tried;
}

/** How long answers took at the largest load with back pressure: refusing must be cheap. */
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
