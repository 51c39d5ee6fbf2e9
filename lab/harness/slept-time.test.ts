import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { awakeFor, SleptTime } from './slept-time.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('waits for a time awake: sleeps do not count, nor one that goes on', () => {
  const slept = new SleptTime();
  const { signal } = awakeFor(1_000, slept);
  vi.advanceTimersByTime(600);
  slept.begin();
  vi.advanceTimersByTime(5_000);
  slept.end();
  expect(slept.ms).toBe(5_000);
  vi.advanceTimersByTime(399);
  expect(signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(signal.aborted).toBe(true);
});

it('keeps no timer of what nobody waits for any more', () => {
  awakeFor(1_000, new SleptTime()).cancel();
  expect(vi.getTimerCount()).toBe(0);
});
