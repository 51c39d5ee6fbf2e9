import { expect, it } from 'vitest';
import { Cached } from './cached.ts';

it('reads once for all who ask, and anew when it is old', async () => {
  let reads = 0;
  let clock = 0;
  const cached = new Cached(
    async () => ++reads,
    60_000,
    () => clock,
  );
  expect(await Promise.all([cached.read(), cached.read()])).toEqual([1, 1]);
  clock = 59_999;
  expect(await cached.read()).toBe(1);
  clock = 60_000;
  expect(await cached.read()).toBe(2);
});

it('does not keep a failure', async () => {
  let isAway = true;
  const cached = new Cached(async () => {
    if (isAway) throw new Error('away');
    return 'here';
  }, 60_000);
  await expect(cached.read()).rejects.toThrow('away');
  isAway = false;
  expect(await cached.read()).toBe('here');
});
