import { expect, it } from 'vitest';
import { waitsOf, weightedPercentile } from './waits.ts';

it('counts every delivery for itself, whatever the size of its chunk', () => {
  const waits = waitsOf([
    { expected: 9, waitMs: 100, runMs: 10 },
    { expected: 1, waitMs: 1_000, runMs: 20 },
  ]);
  expect(waits.deliveries).toBe(10);
  expect(waits.meanS).toBeCloseTo((9 * 110 + 1_020) / 10 / 1_000);
  expect(waits.wait).toEqual({ p50: 100, p95: 1_000, p99: 1_000 });
  expect(waits.run).toEqual({ p50: 10, p95: 20, p99: 20 });
});

it('says of no deliveries that nothing is known', () => {
  expect(waitsOf([])).toEqual({ deliveries: 0, meanS: null, wait: null, run: null });
  expect(() => weightedPercentile([], 50)).toThrow('got none');
});
