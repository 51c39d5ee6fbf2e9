import { expect, it } from 'vitest';
import { groupDeadLetters } from './dead-letters.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));

it('groups by error, the most first, with the newest as example', () => {
  const groups = groupDeadLetters('delivery', [
    { body: { chunk: 3 }, error: 'OOM', at: at(3) },
    { body: { chunk: 2 }, error: 'WRONGTYPE', at: at(2) },
    { body: { chunk: 1 }, error: 'WRONGTYPE', at: at(1) },
  ]);
  expect(groups).toEqual([
    {
      queue: 'delivery',
      error: 'WRONGTYPE',
      count: 2,
      newestAt: '2026-01-01T00:00:02.000Z',
      example: { chunk: 2 },
    },
    {
      queue: 'delivery',
      error: 'OOM',
      count: 1,
      newestAt: '2026-01-01T00:00:03.000Z',
      example: { chunk: 3 },
    },
  ]);
});
