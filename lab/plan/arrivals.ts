import type { Arrival } from './model.ts';

type Random = () => number;

/** Tweets that come one by one at random times, so many a second on average. `followersOf` draws the followers of each. */
export function* oneByOne(perSecond: number, random: Random, followersOf: () => number): Generator<Arrival> {
  for (let at = 0; ; ) {
    at += -Math.log(1 - random()) / perSecond;
    yield { at, tweets: 1, followers: followersOf() };
  }
}

export const DAY = 86_400; // seconds
const STEP = 0.1; // seconds: tweets that come within one travel as one cohort
const BUSIEST = 20 * 3_600; // the second of the day at which the most is going on

/** A day: how much comes, of which size, and how that is spread over its hours. */
export type Day = {
  /** Small tweets a second on average, and their followers; the same of large ones. */
  small: { perSecond: number; followers: number };
  large: { perSecond: number; followers: number };
  /** The busiest moment over the mean. */
  peak: number;
  /** So many tweets come within one second, at this second of the day. */
  spike?: { at: number; tweets: number } | undefined;
};

/** The arrivals of a day. */
export function* dayOf({ small, large, peak, spike }: Day, random: Random): Generator<Arrival> {
  const curve = curveOf(peak);
  for (let n = 0; n * STEP < DAY; n++) {
    const at = n * STEP;
    const isSpike = spike !== undefined && at >= spike.at && at < spike.at + 1;
    const more = isSpike ? spike.tweets * STEP : 0;
    const smalls = poisson(small.perSecond * STEP * curve(at) + more, random);
    const larges = poisson(large.perSecond * STEP * curve(at), random);
    if (smalls > 0) yield { at, tweets: smalls, followers: small.followers };
    if (larges > 0) yield { at, tweets: larges, followers: large.followers };
  }
}

/**
 * How much comes at a second of the day, over the mean: exp(k·cos), which is never negative however high its peak is. The
 * mean over the day is 1.
 */
export function curveOf(peak: number): (second: number) => number {
  const k = sharpnessOf(peak);
  return (second) => Math.exp(k * Math.cos((2 * Math.PI * (second - BUSIEST)) / DAY)) / bessel(k);
}

/** The k whose curve is `peak` at its highest, by halving. */
function sharpnessOf(peak: number): number {
  let [low, high] = [0, 500];
  for (let n = 0; n < 60; n++) {
    const middle = (low + high) / 2;
    if (Math.exp(middle) / bessel(middle) < peak) low = middle;
    else high = middle;
  }
  return low;
}

/** The modified Bessel function I₀, by its series: the mean of exp(k·cos). */
function bessel(k: number): number {
  let [sum, term] = [1, 1];
  for (let n = 1; term > sum * 1e-12; n++) {
    term *= (k / (2 * n)) ** 2;
    sum += term;
  }
  return sum;
}

const LARGE_MEAN = 50; // from here on the normal distribution is as good

/** How many come when so many come on average. */
function poisson(mean: number, random: Random): number {
  if (mean > LARGE_MEAN) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(random)));
  let [count, product] = [-1, 1];
  for (const least = Math.exp(-mean); product > least; count++) product *= random();
  return Math.max(0, count);
}

/** A number of the normal distribution with mean 0 and deviation 1. Box and Muller. */
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const MEAN_TO_STANDARD = Math.sqrt(Math.PI / 2); // from the mean deviation of a normal distribution to its standard one

const LEAST = 0.1; // so that none is negative

/** Numbers around 1 whose mean deviation is this. */
export const varying = (deviation: number, random: Random) => (): number =>
  Math.max(LEAST, 1 + normal(random) * deviation * MEAN_TO_STANDARD);
