import { expect, it } from 'vitest';
import { KIND_NAMES } from './kinds.ts';
import { schedule } from './schedule.ts';

const options = { seed: 7, ms: 180_000, every: 500, workers: ['A', 'B'], kinds: KIND_NAMES };

it('plans the same faults again from the same seed, and others from another', () => {
  expect(schedule(options)).toEqual(schedule(options));
  expect(schedule({ ...options, seed: 8 })).not.toEqual(schedule(options));
});

it('plans every kind about equally often', () => {
  const counts = KIND_NAMES.map((kind) => schedule(options).filter((fault) => fault.kind === kind).length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  expect(Math.min(...counts)).toBeGreaterThan(10);
});

it('plans in order, within the time', () => {
  const times = schedule(options).map((fault) => fault.at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.at(-1)).toBeLessThan(options.ms);
});
