import { expect, it } from 'vitest';
import { atRate } from './at-rate.ts';

it('calls at equal distances, however late a call comes, and ends with the signal', async () => {
  const over = new AbortController();
  const dues: number[] = [];
  await atRate(
    500,
    (due, number) => {
      dues.push(due);
      // A call that takes long makes later calls late, but not fewer.
      for (const end = performance.now() + 10; number === 1 && performance.now() < end; );
      if (number === 20) over.abort();
    },
    over.signal,
  );
  const [first = 0] = dues;
  expect(dues.map((due) => Math.round(due - first))).toEqual(Array.from({ length: 21 }, (_, n) => 2 * n));
});
