import { describe, expect, it } from 'vitest';
import { Random } from '#lab/harness/random.ts';
import { oneByOne, varying } from './arrivals.ts';
import type { Part } from './lanes.ts';
import { type Arrival, Model } from './model.ts';

/*
 * The model beside formulas of queueing theory. Work is counted in seconds of one core: a tweet to 1,000 followers takes 1 s
 * of a part whose deliveries take 1 ms, and a tweet to 5,000 is the largest of the small lane.
 */

const one: Part = { name: 'store', cores: 1, perTweet: 0, perDelivery: 0.001 };
const numbers = (seed: number) => {
  const random = new Random(seed);
  return () => random.next();
};
const open = { parts: [one], latencyS: () => 0, maxWaitS: null, sample: () => 1 };

function play(
  arrivals: Iterable<Arrival>,
  seconds: number,
  system: Partial<ConstructorParameters<typeof Model>[0]> = {},
) {
  const model = new Model({ ...open, random: numbers(7), ...system }, arrivals);
  model.runTo(seconds);
  return model;
}

describe('the model of the queues', () => {
  it('agrees with Pollaczek and Khinchine: equal tweets that come at random (M/D/1)', () => {
    const random = numbers(1);
    const load = 0.7;
    const { tweetWaits } = play(
      oneByOne(load, random, () => 1_000),
      100_000,
    );
    expect(tweetWaits.meanS / (1 + load / (2 * (1 - load)))).toBeCloseTo(1, 1);
  });

  it('agrees with M/M/1: the work of a tweet is random too', () => {
    const random = numbers(2);
    const [load, mean] = [0.5, 100]; // followers, so that hardly any tweet is too large for the small lane
    const followers = () => Math.ceil(-Math.log(1 - random()) * mean);
    const part = { ...one, perDelivery: 1 / (mean + 0.5) }; // the mean of a number that is rounded up
    const { tweetWaits } = play(oneByOne(load, random, followers), 200_000, { parts: [part] });
    expect(tweetWaits.meanS / (1 / (1 - load))).toBeCloseTo(1, 1);
    // Waits are exponential: half of all tweets wait no longer than ln 2 of the mean.
    expect(tweetWaits.percentile(50) / (Math.log(2) * 2)).toBeCloseTo(1, 1);
  });

  it('keeps Little’s law, with two lanes, and parts that take turns in being the busiest', () => {
    const random = numbers(3);
    const followers = () => (random() < 0.9 ? 50 : 20_000);
    const parts = [
      { name: 'ledger', cores: 2, perTweet: 0.01, perDelivery: 0 },
      { name: 'store', cores: 1, perTweet: 0.001, perDelivery: 5e-6 },
    ];
    const model = play(oneByOne(70, random, followers), 1_000, { parts, latencyS: () => 0.005 });
    const { done, seconds, meanBacklog } = model.outcome;
    expect(done / seconds).toBeGreaterThan(100_000);
    expect((done / seconds) * model.waits.meanS).toBeCloseTo(meanBacklog, -Math.log10(meanBacklog * 0.01));
  });

  it('does no more than its narrowest part can, and keeps the bound, when three times as much comes', () => {
    const random = numbers(4);
    const parts = [{ ...one, perDelivery: 1e-6 }];
    const model = play(
      oneByOne(3e6 / 20_000, random, () => 20_000),
      20,
      { parts, maxWaitS: 4 },
    );
    model.begin();
    model.runTo(60);
    const { done, seconds, mostBacklog, refusals } = model.outcome;
    expect(done / seconds).toBeCloseTo(1e6, -4);
    expect(refusals).toBeGreaterThan(1_000);
    expect(mostBacklog).toBeLessThanOrEqual(4 * 1.02 * 1e6); // the rate counts what a fan-out costs beside its deliveries
    expect(model.waits.longestS).toBeLessThan(4.1);
  });

  it('works a burst off in its work divided by the cores', () => {
    const burst = [{ at: 0, tweets: 400, followers: 100 }];
    const parts = [{ name: 'workers', cores: 4, perTweet: 0.05, perDelivery: 0.0005 }];
    const model = new Model({ ...open, random: numbers(5), parts }, burst);
    model.runTo(9.99);
    expect(model.backlog).toBeGreaterThan(0);
    model.runTo(10.01);
    expect(model.backlog).toBe(0);
    expect(model.tweetWaits.longestS).toBeCloseTo(10, 6);
  });

  it('lets a small tweet pass beside a large one, which has half of everything meanwhile', () => {
    const tweets = [
      { at: 0, tweets: 1, followers: 10_000 },
      { at: 1, tweets: 1, followers: 1_000 },
    ];
    const model = new Model({ ...open, random: numbers(6) }, tweets);
    model.runTo(3.01);
    expect(model.tweetWaits.longestS).toBeCloseTo(2, 6); // 1 s of work with half of the store
    model.runTo(11.01);
    expect(model.tweetWaits.longestS).toBeCloseTo(11, 6);
  });

  it('counts what the lanes have done as waiting until the ledger hears of it', () => {
    const tweet = [{ at: 0, tweets: 1, followers: 1_000 }];
    const model = new Model({ ...open, random: numbers(11), latencyS: () => 2 }, tweet);
    model.runTo(2);
    expect(model.backlog).toBe(1_000);
    model.runTo(3.01);
    expect(model.backlog).toBe(0);
    expect(model.tweetWaits.longestS).toBeCloseTo(3, 6);
    expect(model.outcome.meanBacklog).toBeCloseTo((1_000 * 2.5) / 3.01, 0);
  });

  it('promises less when samples of the rate vary, although the speed is the same', () => {
    const outcomeWith = (sample: () => number) => {
      const parts = [{ ...one, perDelivery: 1e-5 }];
      const large = oneByOne(20, numbers(12), () => 10_000);
      return play(large, 120, { parts, maxWaitS: 4, sample }).outcome;
    };
    const [steady, varied] = [outcomeWith(() => 1), outcomeWith(varying(0.2, numbers(13)))];
    expect(varied.done / steady.done).toBeCloseTo(1, 1);
    expect(varied.meanBacklog / steady.meanBacklog).toBeLessThan(0.9);
  });

  it('accounts for every tweet that was offered', () => {
    const random = numbers(8);
    const burst = function* () {
      for (const arrival of oneByOne(50, random, () => 400)) {
        if (arrival.at > 15) return;
        yield { ...arrival, tweets: 200 };
      }
    };
    const parts = [{ ...one, perDelivery: 1e-6 }];
    const model = play(burst(), 15, { parts, maxWaitS: 2 });
    const middle = model.outcome;
    expect(middle.offered).toBe(middle.admitted + middle.gaveUp + model.toComeBack);
    model.runToEnd();
    const { offered, admitted, gaveUp, done } = model.outcome;
    expect(offered).toBe(admitted + gaveUp);
    expect(done).toBeCloseTo(admitted * 400, 0);
    expect(gaveUp).toBeGreaterThan(0);
  });

  it('plays the same day with the same seed', () => {
    const sample = () => varying(0.1, numbers(10));
    const day = () =>
      play(
        oneByOne(3, numbers(9), () => 500),
        500,
        { sample: sample(), maxWaitS: 1 },
      ).outcome;
    expect(day()).toEqual(day());
  });
});
