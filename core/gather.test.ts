import { describe, expect, it } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { Gather, Together, type TogetherOptions } from './gather.ts';

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

describe('Together', () => {
  /** Doubles numbers. A run ends when it is let go; 13 fails, 0 is left out. */
  function open(options: Partial<TogetherOptions> = {}) {
    const runs: number[][] = [];
    const held: (() => void)[] = [];
    const run = async (items: number[]) => {
      runs.push(items);
      await new Promise<void>((resolve) => held.push(resolve));
      if (items.includes(13)) throw new Error('poison');
      return items.map((item) => (item === 0 ? undefined : 2 * item));
    };
    const together = new Together(run, { most: 10, ...options });
    const began = (count: number) => eventually(() => expect(runs).toHaveLength(count));
    /** Lets everything go that runs, and whatever that leads to. */
    const letGo = async <T>(ended: Promise<T>): Promise<T> => {
      const going = setInterval(() => held.splice(0).forEach((resume) => void resume()), 1);
      return ended.finally(() => clearInterval(going));
    };
    return { together, runs, began, letGo, held };
  }

  it('runs one that is alone at once, alone', async () => {
    const { together, runs, letGo } = open();
    expect(await letGo(together.of(1))).toBe(2);
    expect(await letGo(together.of(2))).toBe(4);
    expect(runs).toEqual([[1], [2]]);
  });

  it('runs together what comes while a run is under way, and gives each its own result', async () => {
    const { together, runs, began, letGo } = open();
    const first = together.of(1);
    await began(1);
    const crowd = [2, 3, 4].map((item) => together.of(item));
    expect(await letGo(Promise.all([first, ...crowd]))).toEqual([2, 4, 6, 8]);
    expect(runs).toEqual([[1], [2, 3, 4]]);
  });

  it('runs together what comes within one turn of the event loop', async () => {
    const { together, runs, letGo } = open();
    await letGo(Promise.all([1, 2, 3].map((item) => together.of(item))));
    expect(runs).toEqual([[1, 2, 3]]);
  });

  it('takes no more into a run than it may', async () => {
    const { together, runs, letGo } = open({ most: 2 });
    await letGo(Promise.all([1, 2, 3, 4, 5].map((item) => together.of(item))));
    expect(runs).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('runs each alone when a crowd fails, so that the one at fault takes no other along', async () => {
    const { together, runs, letGo } = open();
    const ended = await letGo(Promise.allSettled([1, 13, 3].map((item) => together.of(item))));
    expect(ended.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(runs).toEqual([[1, 13, 3], [1], [13], [3]]);
  });

  it('does not try again what fails for everybody', async () => {
    const { together, runs, letGo } = open({ isEverybodys: () => true });
    const ended = await letGo(Promise.allSettled([1, 13].map((item) => together.of(item))));
    expect(ended.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(runs).toEqual([[1, 13]]);
  });

  it('runs one that was left out alone, and holds nobody up with it', async () => {
    const { together, runs, began, held } = open();
    const leftOut = together.of(0);
    const beside = together.of(1);
    await began(1);
    held.shift()?.();
    expect(await beside).toBe(2);
    await began(2); // [0], which hangs
    const later = together.of(5);
    await began(3);
    held[1]?.();
    expect(await later).toBe(10);
    held[0]?.();
    expect(await leftOut).toBeUndefined();
    expect(runs).toEqual([[0, 1], [0], [5]]);
  });

  it('has nobody wait for a run that hangs', async () => {
    const { together, runs, began, held } = open();
    const hanging = together.of(1);
    await began(1);
    const later = together.of(2);
    await began(2);
    held[1]?.();
    expect(await later).toBe(4);
    held[0]?.();
    expect(await hanging).toBe(2);
    expect(runs).toEqual([[1], [2]]);
  });
});
