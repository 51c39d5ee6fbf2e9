import { expect, it, vi } from 'vitest';
import { Together, type TogetherOptions } from './together.ts';

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
  const began = (count: number) => vi.waitFor(() => expect(runs).toHaveLength(count));
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
