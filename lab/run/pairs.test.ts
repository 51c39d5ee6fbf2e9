import { expect, test } from 'vitest';
import { certaintyOf, compareInPairs } from './pairs.ts';

test('a slow minute that hits both of a pair changes no ratio', () => {
  expect(compareInPairs([100, 50, 100], [10, 5, 10])).toEqual({ median: 10, min: 10, max: 10 });
});

test('the median lies between the least and the largest ratio', () => {
  expect(compareInPairs([10, 20, 40], [10, 10, 10])).toEqual({ median: 2, min: 1, max: 4 });
});

test('more pairs are more certain', () => {
  expect([2, 7].map(certaintyOf)).toEqual([0.5, 1 - 1 / 64]);
});

test('values without a partner are no pairs', () => {
  expect(() => compareInPairs([1, 2], [1])).toThrow('got 2 and 1');
});
