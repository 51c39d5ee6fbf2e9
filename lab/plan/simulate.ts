import { Random } from '#lab/harness/random.ts';
import { significant, type Table, time, whole } from '#lab/harness/table.ts';
import { DAY, dayOf, varying } from './arrivals.ts';
import { Model } from './model.ts';
import { type Given, type Needs, partsOf } from './needs.ts';

const HOUR = 3_600; // seconds
const SPIKE_AT = 14 * HOUR;
const MAX_WAIT_S = 10; // MAX_WAIT_S, its default
const LATENCY_S = 0.005; // of a tweet that meets an idle system, see docs/decisions/022
const VARIATION = 0.05; // of the samples of the rate

/** A part of the day, and what became of its tweets. */
export type Part = { name: string; outcome: Model['outcome']; meanS: number; p99S: number; longestS: number };

/** Plays a day of tweets to a system of this size: the hours before the spike, the ten minutes around it, the rest. */
export function simulate(given: Given, needs: Needs): Part[] {
  const { options, load } = given;
  const random = new Random(options.seed);
  const next = () => random.next();
  const small = (load.tweets - load.largeTweets) / options.peak;
  const day = {
    small: { perSecond: small, followers: load.smallFollowers },
    large: { perSecond: load.largeTweets / options.peak, followers: options['large-followers'] },
    peak: options.peak,
    spike: options.spike > 0 ? { at: SPIKE_AT, tweets: options.spike } : undefined,
  };
  const sample = varying(VARIATION, next);
  const system = { latencyS: () => LATENCY_S, maxWaitS: MAX_WAIT_S, sample, random: next };
  const model = new Model({ ...system, parts: partsOf(given, needs) }, dayOf(day, next));
  const partUntil = (name: string, second: number): Part => {
    model.begin();
    model.runTo(second);
    const { waits, outcome } = model;
    return { name, outcome, meanS: waits.meanS, p99S: waits.percentile(99), longestS: waits.longestS };
  };
  return [
    partUntil('until the spike', SPIKE_AT),
    partUntil('the ten minutes from it on', SPIKE_AT + 600),
    partUntil('the rest, with the busiest hour', DAY),
  ];
}

export function dayTable(parts: Part[], { options }: Given): Table {
  const rows = parts.map(({ name, outcome, meanS, p99S, longestS }) => [
    name,
    ...[outcome.offered, outcome.admitted, outcome.refusals, outcome.gaveUp].map((value) =>
      whole(Math.round(value)),
    ),
    significant(outcome.mostBacklog / 1e6),
    ...[meanS, p99S, longestS].map((seconds) => time(seconds, 's')),
  ]);
  return {
    title: `A day, with ${whole(options.spike)} tweets in one second at 14:00`,
    head: ['', 'tweets', 'admitted', '503', 'gave up', 'backlog, M', 'mean wait', 'p99', 'longest'],
    rows,
    notes: [
      'admission, places and retries are the product’s own code; delivering is a fluid with two lanes (docs/capacity.md)',
      'a tweet may be refused several times; who gave up was refused six times',
    ],
  };
}
