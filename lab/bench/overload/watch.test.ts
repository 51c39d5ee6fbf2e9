import { expect, test } from 'vitest';
import { aboveBound, type Sample } from './watch.ts';

const RATE = 10_000; // deliveries a second
const WAIT = 2; // s

const sample = (at: number, backlog: number, fanOuts: number, rate = RATE): Sample => ({
  ...{ at, backlog, fanOuts, rate, deviation: 0, paused: false, since: '' },
  ...{ done: 0, fanOutsDone: 0, bytes: 0 },
});

test('what fan-outs cost beside their deliveries counts against the bound', () => {
  expect(aboveBound([sample(0, 19_000, 2), sample(1, 19_000, 3)], WAIT)).toBe(1);
});

test('one fan-out alone is never above the bound: an empty system takes any', () => {
  expect(aboveBound([sample(0, 1_000_000, 1)], WAIT)).toBe(0);
});

test('what was admitted under a higher rate may be there for as long as it was promised', () => {
  const before = sample(0, 39_000, 2, 2 * RATE);
  expect(aboveBound([before, sample(1, 39_000, 2)], WAIT)).toBe(0);
  expect(aboveBound([before, sample(3, 39_000, 2)], WAIT)).toBe(1);
});
