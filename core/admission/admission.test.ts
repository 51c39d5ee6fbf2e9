import { describe, expect, it } from 'vitest';
import { refuse, retryAfterS } from './admission.ts';

const limits = { maxWaitS: 10 };
const at = (deliveries: number, rate = 100_000) => ({ deliveries, rate });

describe('admission', () => {
  it('admits up to the bound of rate × longest wait, and not one delivery more', () => {
    expect(refuse(100, at(999_900), limits)).toBeNull();
    expect(refuse(101, at(999_900), limits)).toMatchObject({ backlog: 999_900, limit: 1_000_000 });
  });

  it('keeps a tenth of the bound for small fan-outs', () => {
    expect(refuse(10_000, at(890_000), limits)).toBeNull();
    expect(refuse(10_000, at(890_001), limits)).toMatchObject({ limit: 900_000 });
    expect(refuse(5_000, at(900_000), limits)).toBeNull();
  });

  it('admits a tweet that is larger than the bound into an empty system only', () => {
    expect(refuse(5_000_000, at(0), limits)).toBeNull();
    expect(refuse(5_000_000, at(1), limits)).toMatchObject({ roomInS: 1 / 100_000 });
  });

  it('says by Little’s law when there is room', () => {
    // 850,000 + 250,000 is 200,000 above 900,000: two seconds at 100,000 a second.
    expect(refuse(250_000, at(850_000), limits)?.roomInS).toBeCloseTo(2);
  });

  it('promises no time while deliveries are paused, and admits what fits all the same', () => {
    const paused = { ...at(999_900), paused: true };
    expect(refuse(100, paused, limits)).toBeNull();
    expect(refuse(101, paused, limits)).toMatchObject({ reason: 'paused', roomInS: 30 });
  });

  it('takes a bound that is set over the measured one', () => {
    expect(refuse(600, at(500), { ...limits, maxBacklog: 1_000 })).toMatchObject({ limit: 1_000 });
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
