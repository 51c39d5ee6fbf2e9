import { expect, test } from 'vitest';
import { inTurn } from './in-turn.ts';

test('every way is measured once a round, and no round begins with the way of the one before', async () => {
  const order: string[] = [];
  const way = (name: string) => async () => order.push(name);
  const results = await inTurn({ a: way('a'), b: way('b'), c: way('c') }, 3);
  const rounds = [order.slice(0, 3), order.slice(3, 6), order.slice(6)];
  for (const round of rounds) expect([...round].sort()).toEqual(['a', 'b', 'c']);
  expect(rounds.map(([first]) => first)).toEqual(['a', 'b', 'c']);
  expect(results.a).toHaveLength(3);
});

test('of two ways each is the first as often as the other', async () => {
  const order: string[] = [];
  const way = (name: string) => async () => order.push(name);
  await inTurn({ now: way('now'), before: way('before') }, 4);
  expect(order).toEqual(['now', 'before', 'before', 'now', 'now', 'before', 'before', 'now']);
});
