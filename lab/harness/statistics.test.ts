import { expect, test } from 'vitest';
import { compareInPairs, median, percentile } from './statistics.ts';

test('the median of an odd count is the middle value, of an even count the mean of the middle two', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 6])).toBe(5.5);
  expect(median([3])).toBe(3);
});

test('a percentile is a value that was measured, of numbers and not of their digits', () => {
  const hundred = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect(percentile(hundred, 95)).toBe(95);
  expect(percentile(hundred, 99)).toBe(99);
  expect(percentile([100, 20, 3], 95)).toBe(100);
  expect(percentile([7], 50)).toBe(7);
});
test('a slow minute that hits both of a pair changes no ratio', () => {
  expect(compareInPairs([100, 50, 100], [10, 5, 10])).toEqual({ median: 10, min: 10, max: 10 });
});

test('the median lies between the smallest and the largest ratio', () => {
  expect(compareInPairs([10, 20, 40], [10, 10, 10])).toEqual({ median: 2, min: 1, max: 4 });
});
