import { expect, test } from 'vitest';
import type { LittlesLaw } from '#core/console/littles-law.ts';
import { compare } from './backoff-jitter.ts';
import { answerOf } from './littles-law.ts';

const growing = (perSecond: number): LittlesLaw => ({ state: 'growing', perSecond, fullInS: 0 });
const steady: LittlesLaw = { state: 'steady', measured: 100, predicted: 100, difference: 0 };
const below = { law: steady, mostBacklog: 1_000, done: 500 };
const above = { law: growing(2_000), mostBacklog: 20_000, done: 1_000 };
const loads = { below, above, came: 3_000, difference: 0.1 };

test('Little’s law holds below the capacity, and the backlog grows above it', () => {
  expect(answerOf(loads)).toBe('follows');
  // With a limit the backlog settles in both loads, although more comes than is done.
  expect(answerOf({ ...loads, above: { ...above, law: steady, mostBacklog: 1_500 } })).toBe('settles');
});

test('a busy machine makes nobody right or wrong about Little’s law', () => {
  expect(answerOf({ ...loads, came: 1_200 })).toBeNull(); // the overload did not come about
  expect(answerOf({ ...loads, below: { ...below, law: growing(10) } })).toBeNull();
  expect(answerOf({ ...loads, difference: 0.8 })).toBeNull();
  expect(answerOf({ ...loads, difference: Number.NaN })).toBeNull(); // nothing was done
});

const load = (admittedAtFirstRetry: number, { firstRetries = 100, done = 1_000 } = {}) => ({
  ...{ done, seen: { firstRetries, admittedAtFirstRetry } },
});

test('second tries are compared with a wide margin, and more than chance', () => {
  expect(compare(load(90), load(80))).toBe('same');
  expect(compare(load(90), load(30))).toBe('more');
  expect(compare(load(30), load(90))).toBe('fewer');
  // Of a dozen tries each, a third more is chance.
  expect(compare(load(9, { firstRetries: 12 }), load(5, { firstRetries: 12 }))).toBe('same');
});

test('few second tries, or a machine that was not the same for both loads, say nothing', () => {
  expect(compare(load(5, { firstRetries: 9 }), load(50))).toBeNull();
  expect(compare(load(90), load(30, { done: 500 }))).toBeNull();
});
