import { expect, test } from 'vitest';
import { fullJitter } from './backoff.ts';

const LIMITS = { baseMs: 250, capMs: 5_000 };

test('the wait is drawn from the whole range, which doubles with every attempt up to the cap', () => {
  const longest = [0, 1, 2, 3, 4, 5, 60].map((attempt) => fullJitter(LIMITS, attempt, () => 1));
  expect(longest).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(fullJitter(LIMITS, 4, () => 0)).toBe(0);
  expect(fullJitter(LIMITS, 4, () => 0.5)).toBe(2_000);
});
