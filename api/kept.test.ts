import { expect, it } from 'vitest';
import { Kept } from './kept.ts';

it('reads once for all who ask, and anew when it is old', async () => {
  let reads = 0;
  let clock = 0;
  const kept = new Kept(
    async () => ++reads,
    60_000,
    () => clock,
  );
  expect(await Promise.all([kept.read(), kept.read()])).toEqual([1, 1]);
  clock = 59_999;
  expect(await kept.read()).toBe(1);
  clock = 60_000;
  expect(await kept.read()).toBe(2);
});

it('does not keep a failure', async () => {
  let isAway = true;
  const kept = new Kept(async () => {
    if (isAway) throw new Error('away');
    return 'here';
  }, 60_000);
  await expect(kept.read()).rejects.toThrow('away');
  isAway = false;
  expect(await kept.read()).toBe('here');
});
