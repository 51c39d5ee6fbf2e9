import { expect, it } from 'vitest';
import { Random } from '#lab/harness/random.ts';
import type { ServerName } from '#lab/stage/controlled-servers.ts';
import { KIND_NAMES } from './kinds.ts';
import { schedule } from './schedule.ts';

const linked: ServerName[] = ['postgres', 'queue', 'timelines'];
const options = { ms: 240_000, every: 500, workers: ['A', 'B'], linked, kinds: KIND_NAMES };

it('plans the same faults again from the same seed, and others from another', () => {
  const plan = (seed: number) => schedule({ ...options, random: new Random(seed) });
  expect(plan(7)).toEqual(plan(7));
  expect(plan(8)).not.toEqual(plan(7));
});

it('plans every kind about equally often', () => {
  const faults = schedule({ ...options, random: new Random(7) });
  const counts = KIND_NAMES.map((kind) => faults.filter((fault) => fault.kind === kind).length);
  expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  expect(Math.min(...counts)).toBeGreaterThan(10);
});

it('plans in order, within the time', () => {
  const times = schedule({ ...options, random: new Random(7) }).map((fault) => fault.at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.at(-1)).toBeLessThan(options.ms);
});
