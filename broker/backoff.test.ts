import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

const latest = () => 1;
const earliest = () => 0;

test('the wait doubles from one second and stays at thirty', () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((starts) => backoffMs(starts, latest))).toEqual([
    1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
  ]);
});

test('jitter takes away at most half of the wait', () => {
  expect(backoffMs(3, earliest)).toBe(2_000);
  expect(backoffMs(100_000, earliest)).toBe(15_000);
});

test('a start that was not counted waits like the first', () => {
  expect(backoffMs(0, latest)).toBe(1_000);
});
