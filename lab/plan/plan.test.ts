import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '#dev/paths.ts';
import { Random } from '#lab/harness/random.ts';
import { curveOf, DAY, dayOf } from './arrivals.ts';
import { CONSTANTS } from './constants.ts';
import { knownFigures } from './known.ts';
import { loadOf } from './load.ts';
import { billOf } from './money.ts';
import { grown, narrowOf } from './narrow.ts';
import { needsOf } from './needs.ts';
import { readOptions } from './options.ts';
import { callsOf } from './work.ts';

const planOf = (...args: string[]) => {
  const options = readOptions(args);
  const given = { options, load: loadOf(options), known: knownFigures() };
  return { given, needs: needsOf(given) };
};

describe('the figures of a plan', () => {
  it.each(Object.entries(CONSTANTS))('%s stands in the page that it is from', (_, { page, says }) => {
    expect(readFileSync(join(ROOT, page), 'utf8')).toContain(says);
  });

  it('are replaced by what was measured just now, and say so', () => {
    const before = knownFigures();
    const measured = Object.fromEntries(
      Object.keys(JSON.parse(readFileSync(join(ROOT, 'docs/figures/plan.json'), 'utf8')).figures).map(
        (name) => [name, 2],
      ),
    ) as Parameters<typeof knownFigures>[0];
    const now = knownFigures(measured);
    expect(now.postWebMs).toMatchObject({ value: 2, from: 'measured now' });
    expect(now.postStoresMs.value).toBe(4);
    expect(now.cap).toEqual(before.cap);
  });
});

describe('a plan', () => {
  it('knows the load of 2013: 500 million tweets a day are 5,787 a second, and 150 million people read 300,000 pages', () => {
    const { load } = planOf('--dau', '150e6', '--tweets-per-day', '500e6', '--peak', '1').given;
    expect(Math.round(load.tweets)).toBe(5_787);
    expect(load.pages).toBeCloseTo(300_000, 0);
  });

  it('delivers to as many as the followers of all tweets are, small and large ones', () => {
    const { load, options } = planOf('--followers', '200', '--large-share', '0.5').given;
    const small = (load.tweets - load.largeTweets) * load.smallFollowers;
    expect((small + load.largeTweets * options['large-followers']) / (load.tweets * 200)).toBeCloseTo(1, 2);
  });

  it('takes twice as many cores for twice as many tweets, and leaves no part busier than asked for', () => {
    const [one, two] = [planOf(), planOf('--tweets-per-day', '1000e6')];
    expect(two.needs.cores.ledger).toBeGreaterThan(one.needs.cores.ledger);
    expect(two.needs.cores.turn / one.needs.cores.turn).toBeCloseTo(2);
    for (const { needs } of [one, two]) {
      expect(needs.cores.stores / needs.stores.masters).toBeLessThanOrEqual(0.6);
      expect(needs.cores.workers / needs.workers).toBeLessThanOrEqual(0.6);
      expect(needs.cores.turn / needs.ledgers.count).toBeLessThanOrEqual(0.6);
    }
  });

  it('knows that a small tweet takes a call in every shard that has one of its followers', () => {
    expect(callsOf({ shards: 1, smallFollowers: 200 })).toBe(1);
    expect(callsOf({ shards: 1_000_000, smallFollowers: 200 })).toBeCloseTo(200, 1);
    expect(callsOf({ shards: 2, smallFollowers: 1 })).toBe(1);
  });

  it('says what is used up first, and at which load: there, that part is exactly full', () => {
    const { given, needs } = planOf();
    const narrow = narrowOf(given, needs);
    expect(narrow.map(({ fullAt }) => fullAt)).toEqual(
      narrow.map(({ fullAt }) => fullAt).sort((a, b) => a - b),
    );
    const turn = narrow.find(({ part }) => part.includes('backlog'));
    const then = grown(given, turn?.fullAt ?? 0).needs;
    expect(then.cores.turn).toBeCloseTo(given.options.busy);
    expect(narrowOf(planOf('--broker', 'sqs').given, needs)).toHaveLength(narrow.length - 1);
  });

  it('adds money up from the prices that it was given', () => {
    const free = planOf('--machine-price', '0', '--disk-price', '0', '--out-price', '0');
    expect(billOf(free.given, free.needs).every(({ perMonth }) => perMonth === 0)).toBe(true);
    const sqs = planOf('--broker', 'sqs', '--sqs-price', '1', '--machine-price', '0');
    const requests = billOf(sqs.given, sqs.needs).find(({ part }) => part === 'SQS requests');
    expect(requests?.perMonth).toBeCloseTo(sqs.needs.messages.requestsOfMonth / 1e6);
  });
});

describe('the options of a plan', () => {
  it('are all named when they are wrong, with what was expected', () => {
    const wrong = () =>
      readOptions(['--dau', 'many', '--peak', '0.5', '--busy', '1', '--broker', 'kafka', '--followers', '']);
    expect(wrong).toThrow(
      [
        '--dau: expected a whole number above 0, such as 300e6, got many',
        '--followers: expected a whole number above 0, such as 300e6, got ',
        '--peak: expected a number from 1 to 50, got 0.5',
        '--busy: expected a share above 0 and below 1, got 1',
        '--broker: expected bullmq, rabbitmq, sqs, got kafka',
      ].join('\n'),
    );
  });

  it('say which there are when one is unknown', () => {
    expect(() => readOptions(['--users', '5'])).toThrow(/--users/);
  });
});

describe('a day of tweets', () => {
  it.each([1, 2, 10, 50])('has a mean of 1 and a peak of %d', (peak) => {
    const curve = curveOf(peak);
    const values = Array.from({ length: 8_640 }, (_, n) => curve(n * 10));
    expect(values.reduce((sum, value) => sum + value, 0) / values.length).toBeCloseTo(1, 6);
    expect(Math.max(...values)).toBeCloseTo(peak, 3);
  });

  it('brings as many as it should, and the spike within its second', () => {
    const random = new Random(1);
    const day = {
      small: { perSecond: 10, followers: 20 },
      large: { perSecond: 0.1, followers: 9_000 },
      peak: 3,
    };
    const spike = { at: 40_000, tweets: 5_000 };
    let [small, large, inSpike] = [0, 0, 0];
    for (const { at, tweets, followers } of dayOf({ ...day, spike }, () => random.next())) {
      if (followers === 20) small += tweets;
      else large += tweets;
      if (at >= 40_000 && at < 40_001) inSpike += tweets;
    }
    expect(small / (10 * DAY + 5_000)).toBeCloseTo(1, 2);
    expect(large / (0.1 * DAY)).toBeCloseTo(1, 1);
    expect(inSpike / 5_000).toBeCloseTo(1, 1);
  });
});
