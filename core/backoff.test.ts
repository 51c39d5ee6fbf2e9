import { expect, test } from 'vitest';
import { doubled, fullJitter, halfJitter } from './backoff.ts';

const LIMITS = { baseMs: 250, capMs: 5_000 };
const FAILURES = [-1, 0, 1, 2, 3, 4, 5, 100_000];
const LONGEST = [250, 250, 500, 1_000, 2_000, 4_000, 5_000, 5_000];

const earliest = () => 0;
const latest = () => 1;

test('the wait doubles with every failure, up to the cap', () => {
  expect(FAILURES.map((failures) => doubled(LIMITS, failures))).toEqual(LONGEST);
});

test('full jitter draws from the whole range', () => {
  expect(FAILURES.map((failures) => fullJitter(LIMITS, failures, latest))).toEqual(LONGEST);
  expect(fullJitter(LIMITS, 4, earliest)).toBe(0);
  expect(fullJitter(LIMITS, 4, () => 0.5)).toBe(2_000);
});

test('half jitter takes away at most half of the wait', () => {
  expect(FAILURES.map((failures) => halfJitter(LIMITS, failures, latest))).toEqual(LONGEST);
  expect(halfJitter(LIMITS, 4, earliest)).toBe(2_000);
});
