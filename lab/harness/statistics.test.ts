import { expect, test } from 'vitest';
import { certaintyOf, compareInPairs, median, percentile, spread } from './statistics.ts';

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

test('nothing measured is an error, not a zero', () => {
  expect(() => median([])).toThrow('got none');
  expect(() => percentile([], 95)).toThrow('got none');
});

test('a spread leaves the series as it was', () => {
  const values = [0.2, 0.1, 0.30004];
  expect(spread({ unit: 's', values })).toEqual({
    unit: 's',
    count: 3,
    min: 0.1,
    median: 0.2,
    p95: 0.3,
    max: 0.3,
  });
  expect(values).toEqual([0.2, 0.1, 0.30004]);
});

test('a slow minute that hits both of a pair changes no ratio', () => {
  expect(compareInPairs([100, 50, 100], [10, 5, 10])).toEqual({ median: 10, min: 10, max: 10 });
});

test('the median lies between the smallest and the largest ratio', () => {
  expect(compareInPairs([10, 20, 40], [10, 10, 10])).toEqual({ median: 2, min: 1, max: 4 });
});

test('more pairs are more certain', () => {
  expect([2, 7].map(certaintyOf)).toEqual([0.5, 1 - 1 / 64]);
});

test('values without a partner are no pairs', () => {
  expect(() => compareInPairs([1, 2], [1])).toThrow('got 2 and 1');
});
