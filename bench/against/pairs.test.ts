import { expect, test } from 'vitest';
import { compareInPairs } from './pairs.ts';

test('a slow minute that hits both of a pair changes no ratio', () => {
  expect(compareInPairs([100, 50, 100], [10, 5, 10])).toEqual({
    median: 10,
    min: 10,
    max: 10,
    certainty: 0.75,
  });
});

test('the median lies between the least and the largest ratio, the more surely the more pairs there are', () => {
  const ratio = compareInPairs([10, 20, 40, 20, 20, 20, 20], [10, 10, 10, 10, 10, 10, 10]);
  expect(ratio).toEqual({ median: 2, min: 1, max: 4, certainty: 1 - 1 / 64 });
});

test('values without a partner are no pairs', () => {
  expect(() => compareInPairs([1, 2], [1])).toThrow('got 2 and 1');
});
