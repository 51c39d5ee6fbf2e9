import { expect, it } from 'vitest';
import { diedOf, groupDeadLetters } from './dead-letters.ts';

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

it('compares as much of an error as the ledger keeps', () => {
  const letters = ['a', 'b'].map((end) => ({ body: {}, error: 'x'.repeat(500) + end, at: at(0) }));
  expect(groupDeadLetters('delivery', letters)).toMatchObject([{ error: 'x'.repeat(500), count: 2 }]);
});

it('means the letters of a group by the error that the group shows, and all without one', () => {
  const letter = { body: {}, error: `${'x'.repeat(500)}a`, at: at(0) };
  expect(diedOf('x'.repeat(500))(letter)).toBe(true);
  expect(diedOf('x')(letter)).toBe(false);
  expect(diedOf('')({ ...letter, error: '' })).toBe(true);
  expect(diedOf(undefined)(letter)).toBe(true);
});
