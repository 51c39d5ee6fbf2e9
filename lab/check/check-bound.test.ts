import { expect, test } from 'vitest';
import { checkBound, isInTime } from './check-bound.ts';

test('a backlog within its bound breaks nothing', () => {
  expect(checkBound({ aboveBound: 0, mostBacklog: 800_000, law: null })).toEqual([]);
});

test('a backlog beyond its bound is found, with its growth', () => {
  const law = { state: 'growing', perSecond: 500_000, fullInS: 0 } as const;
  expect(checkBound({ aboveBound: 30, mostBacklog: 5_000_000, law })).toEqual([
    'the backlog exceeded its bound: it reached 5,000,000 deliveries, and grew by 500,000 a second to the end',
  ]);
});

test('a wait is in time up to a quarter more than promised', () => {
  expect([2, 2.5, 2.6].map((waitP99) => isInTime({ waitP99 }, 2))).toEqual([true, true, false]);
});
