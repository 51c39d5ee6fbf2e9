import { expect, test } from 'vitest';
import { type Filling, levelsTo } from '#lab/load/fill-queue.ts';
import { kneeOf } from './results.ts';

const filling = (taken: number[], end: Filling['end'] = null): Filling => ({
  levels: taken.map((takenPerS, n) => ({
    ...{ waiting: (n + 1) * 1_000, publishedPerS: 100, takenPerS },
    ...{ waitS: 1, answerP99Ms: 1, memoryMb: 1 },
  })),
  end,
});

test('a broker is past its knee below half of the best rate that it had while fewer waited', () => {
  expect(kneeOf(filling([100, 90, 49, 20]))).toBe(3_000);
  // The first level may be slow because everything is new. That is no knee.
  expect(kneeOf(filling([10, 90, 80]))).toBeNaN();
});

test('a broker that takes no more is past its knee there', () => {
  expect(kneeOf(filling([100, 90], { waiting: 2_500, reason: 'OOM' }))).toBe(2_500);
});

test('levels are two a power of ten, and the last', () => {
  expect(levelsTo(10_000, 1_000_000)).toEqual([10_000, 30_000, 100_000, 300_000, 1_000_000]);
  expect(levelsTo(1_000, 5_000)).toEqual([1_000, 3_000, 5_000]);
  expect(levelsTo(10_000, 5_000)).toEqual([5_000]);
});
