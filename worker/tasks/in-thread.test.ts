import { expect, it } from 'vitest';
import { inThread } from './in-thread.ts';

const BUSY = new URL('../../testing/busy-thread.ts', import.meta.url);

it('work in a thread leaves this one free, tells how far it is, and returns', async () => {
  const told: number[] = [];
  const { signal } = new AbortController();
  let turns = 0;
  const timer = setInterval(() => turns++, 5);
  const result = await inThread(BUSY, { forMs: 300 }, { signal, progress: (done) => void told.push(done) });
  clearInterval(timer);
  expect(result).toBe('busy for 300 ms');
  expect(told).toEqual([1, 2]);
  expect(turns).toBeGreaterThan(20);
});

it('a thread that computes without end is ended by the signal', async () => {
  const abort = new AbortController();
  const progress = () => abort.abort(new Error('enough'));
  await expect(inThread(BUSY, { forMs: 60_000 }, { signal: abort.signal, progress })).rejects.toThrow(
    'enough',
  );
});

it('an error of the thread is an error of the work', async () => {
  const { signal } = new AbortController();
  await expect(inThread(BUSY, { forMs: -1 }, { signal, progress: () => {} })).rejects.toThrow('forMs');
});
