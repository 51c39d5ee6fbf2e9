import { expect, test } from 'vitest';
import { waitAfterLoss, waitBeforeRetry } from './retry.ts';

const longest = () => 1;
const shortest = () => 0;

test('waits double from 1 s up to the cap, and after six tries there is none', () => {
  expect([1, 2, 3, 4, 5, 6].map((tries) => waitBeforeRetry(tries, null, longest))).toEqual([
    1_000,
    2_000,
    4_000,
    8_000,
    16_000,
    null,
  ]);
});

test('nobody comes back before Retry-After, and not everybody at once after it', () => {
  expect(waitBeforeRetry(1, 4_000, shortest)).toBe(4_000);
  expect(waitBeforeRetry(1, 4_000, longest)).toBe(5_000);
});

test('a lost answer is asked for again without end, at most 30 s apart', () => {
  expect(waitAfterLoss(1, longest)).toBe(1_000);
  expect(waitAfterLoss(50, longest)).toBe(30_000);
});
