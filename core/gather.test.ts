import { expect, it } from 'vitest';
import { Gather } from './gather.ts';

/** Runs that stay in flight until they are let go. */
function openRuns() {
  const runs: { asks: number[]; end(): void; fail(error: Error): void }[] = [];
  const run = (asks: number[]) =>
    new Promise<number[]>((resolve, reject) => {
      runs.push({ asks, end: () => resolve(asks.map((ask) => ask * 10)), fail: reject });
    });
  return { runs, run };
}

const turn = () => new Promise(setImmediate);

it('takes what comes in one turn together, and answers each in its place', async () => {
  const { runs, run } = openRuns();
  const gather = new Gather(run, { most: 10, atOnce: 1 });
  const answers = Promise.all([1, 2, 3].map((n) => gather.ask(n)));
  await turn();
  runs[0]?.end();
  expect(await answers).toEqual([10, 20, 30]);
  expect(runs.map(({ asks }) => asks)).toEqual([[1, 2, 3]]);
});

it('begins nothing while a run is in flight, and answers who came meanwhile by a later run', async () => {
  const { runs, run } = openRuns();
  const gather = new Gather(run, { most: 10, atOnce: 1 });
  const first = gather.ask(1);
  await turn();
  const later = [gather.ask(2), gather.ask(3)];
  await turn();
  expect(runs).toHaveLength(1);
  runs[0]?.end();
  await first;
  await turn();
  runs[1]?.end();
  expect(await Promise.all(later)).toEqual([20, 30]);
});

it('begins as many runs as it may, of the size that it may, and leaves the rest for later', async () => {
  const { runs, run } = openRuns();
  const gather = new Gather(run, { most: 2, atOnce: 2 });
  const answers = Promise.all([1, 2, 3, 4, 5].map((n) => gather.ask(n)));
  for (let n = 0; n < 3; n++) await turn();
  expect(runs.map(({ asks }) => asks)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  for (const { end } of runs) end();
  for (let n = 0; n < 3; n++) await turn();
  runs[2]?.end();
  expect(await answers).toEqual([10, 20, 30, 40, 50]);
});

it('fails those that a failed run was for, and goes on', async () => {
  const { runs, run } = openRuns();
  const gather = new Gather(run, { most: 1, atOnce: 1 });
  const [first, second] = [gather.ask(1), gather.ask(2)];
  await turn();
  runs[0]?.fail(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await turn();
  runs[1]?.end();
  expect(await second).toBe(20);
});
