import { crossover } from '#core/lab/crossover.ts';
import { mapValues } from '#lab/harness/map-values.ts';
import { median, type Series } from '#lab/harness/statistics.ts';
import type { Moments } from './ways.ts';

/** Both ways for one follower count, one entry a tweet. */
export type Compared = { followers: number; request: Moments[]; queue: Moments[] };
export type Way = 'request' | 'queue';
export type Moment = keyof Moments;

/** The median over all tweets of one way, in ms. */
export const middle = (compared: Compared, way: Way, moment: Moment): number =>
  median(compared[way].map((moments) => moments[moment]));

/** The answer that the interface promises: `202` within 100 ms. */
export const BUDGET = 100; // ms

/**
 * The number of followers from which the request loses. Null when it does not lose, up to the most that were measured.
 */
export type Crossovers = Record<'budget' | 'twice' | 'last', number | null>;

/**
 * Finds where the answer is later than the budget, where it is twice as late as through the queue, and where the last
 * follower has to wait longer.
 */
export function crossovers(all: Compared[]): Crossovers {
  const curve = (way: Way, moment: Moment) =>
    all.map((compared) => ({ followers: compared.followers, ms: middle(compared, way, moment) }));
  const level = (ms: number) => all.map(({ followers }) => ({ followers, ms }));
  const doubled = curve('queue', 'answer').map(({ followers, ms }) => ({ followers, ms: 2 * ms }));
  return {
    budget: crossover(curve('request', 'answer'), level(BUDGET)),
    twice: crossover(curve('request', 'answer'), doubled),
    last: crossover(curve('request', 'last'), curve('queue', 'last')),
  };
}

/** The figures. A crossover that is not reached is left out: no number would be true. */
export function figuresOf(all: Compared[], { budget, twice, last }: Crossovers): Record<string, number> {
  const [least, most] = [all[0], all.at(-1)];
  if (!least || !most) throw new Error('Expected at least one follower count, got none');
  return {
    answer_ms_request_most: middle(most, 'request', 'answer'),
    answer_ms_queue_most: middle(most, 'queue', 'answer'),
    last_ms_request_least: middle(least, 'request', 'last'),
    last_ms_queue_least: middle(least, 'queue', 'last'),
    ...(twice !== null && { crossover_answer_twice: twice }),
    ...(budget !== null && { crossover_answer_100_ms: budget }),
    ...(last !== null && { crossover_last_arrival: last }),
  };
}

/** The author's wait for each follower count, and the last arrival. */
export function runsOf(all: Compared[]): Record<string, Series> {
  const runs: Record<string, Moments[]> = {};
  for (const { followers, request, queue } of all) {
    runs[`request_${followers}`] = request;
    runs[`queue_${followers}`] = queue;
  }
  const series = (moment: Moment) =>
    Object.entries(mapValues(runs, (moments) => moments.map((each) => each[moment]))).map(
      ([name, values]) => [`${moment}_${name}`, { unit: 'ms' as const, values }] as const,
    );
  return Object.fromEntries([...series('answer'), ...series('last')]);
}
