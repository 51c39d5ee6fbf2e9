import { describe, expect, it } from 'vitest';
import { costOf, takenBy } from './admission.ts';
import { FAN_OUT_COST } from './fan-out-cost.ts';
import { refuse, retryAfterS } from './refuse.ts';

const limits = { maxWaitS: 10 };
/** A backlog that takes so much of the bound, with three fan-outs in it. */
const at = (taken: number, rate = 100_000) => ({
  ...(taken === 0 ? { deliveries: 0, fanOuts: 0 } : { deliveries: taken - 3 * FAN_OUT_COST, fanOuts: 3 }),
  rate,
});

describe('admission', () => {
  it('admits up to the bound of rate × longest wait, and not one delivery more', () => {
    expect(refuse(100, at(999_500), limits)).toBeNull();
    expect(refuse(101, at(999_500), limits)).toMatchObject({ taken: 999_500, cost: 501, limit: 1_000_000 });
  });

  it('counts the fan-out beside its deliveries, so that many small ones cost what they are', () => {
    const tweets = 100_000;
    expect(takenBy({ deliveries: 12 * tweets, fanOuts: tweets })).toBe(tweets * costOf(12));
    // By their 1,200,000 deliveries alone they would fit into a bound of 1,500,000.
    const most = Math.floor(1_500_000 / costOf(12));
    const behind = (fanOuts: number) => ({ deliveries: 12 * fanOuts, fanOuts, rate: 150_000 });
    expect(refuse(12, behind(most - 1), limits)).toBeNull();
    expect(refuse(12, behind(most), limits)).toMatchObject({ reason: 'backlog', expected: 12, cost: 412 });
  });

  it('asks nothing of a tweet that nobody gets', () => {
    expect(costOf(0)).toBe(0);
    expect(refuse(0, at(1_000_000), limits)).toBeNull();
  });

  it('keeps a tenth of the bound for small fan-outs', () => {
    expect(refuse(10_000, at(889_600), limits)).toBeNull();
    expect(refuse(10_000, at(889_601), limits)).toMatchObject({ limit: 900_000 });
    expect(refuse(5_000, at(900_000), limits)).toBeNull();
  });

  it('admits a tweet that is larger than the bound into an empty system only', () => {
    expect(refuse(5_000_000, at(0), limits)).toBeNull();
    const one = { deliveries: 1, fanOuts: 1, rate: 100_000 };
    expect(refuse(5_000_000, one, limits)).toMatchObject({ roomInS: 401 / 100_000 });
    expect(refuse(5_000_000, { ...one, deliveries: 0 }, limits)).toMatchObject({ taken: 400 });
  });

  it('says by Little’s law when there is room', () => {
    // 850,000 + 250,400 is 200,400 above 900,000: two seconds at 100,000 a second.
    expect(refuse(250_000, at(850_000), limits)?.roomInS).toBeCloseTo(2.004);
  });

  it('promises no time while deliveries are paused, and admits what fits all the same', () => {
    const paused = { ...at(999_500), paused: true };
    expect(refuse(100, paused, limits)).toBeNull();
    expect(refuse(101, paused, limits)).toMatchObject({ reason: 'paused', roomInS: 30 });
  });

  it('takes a bound that is set over the measured one', () => {
    expect(refuse(600, at(1_500), { ...limits, maxBacklog: 2_000 })).toMatchObject({ limit: 2_000 });
  });

  it('promises less of a rate the more that varies, and never less than half of it', () => {
    const varying = (deviation: number) => refuse(1, { ...at(1_000_000), deviation }, limits)?.limit;
    expect([0, 10_000, 90_000].map(varying)).toEqual([1_000_000, 800_000, 500_000]);
  });

  it('rests on a careful rate until one was measured', () => {
    expect(refuse(1, at(1_500_000, 0), limits)).toMatchObject({ rate: 150_000, limit: 1_500_000 });
  });

  it('rounds Retry-After up and spreads it over a quarter, never below a second', () => {
    expect(retryAfterS(0.01, () => 0)).toBe(1);
    expect(retryAfterS(8, () => 0)).toBe(8);
    expect(retryAfterS(8, () => 0.999)).toBe(10);
  });
});
