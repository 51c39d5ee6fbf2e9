import { expect, it } from 'vitest';
import { HeldTo } from './held-to.ts';

it('stops whoever has used more than its share, and lets it go on when time has passed', () => {
  let [used, now] = [300, 10_000];
  const held = new HeldTo(0.25, { usedMs: () => used, now: () => now, cores: 2 });
  expect(held.mayAct()).toBe(true);
  [used, now] = [300 + 1_001, 11_000]; // half a second of the two cores, half a second more, and a bit
  expect(held.mayAct()).toBe(false);
  now = 12_000;
  expect(held.mayAct()).toBe(true);
  expect(held.used).toBeCloseTo(1_001 / 4_000);
});

it('measures this process', () => {
  const held = new HeldTo(1);
  for (let before = process.cpuUsage().user; process.cpuUsage().user === before; );
  expect(held.used).toBeGreaterThan(0);
});
