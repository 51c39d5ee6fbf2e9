import { expect, test } from 'vitest';
import { crossover } from './crossover.ts';

const curve = (...ms: number[]) => ms.map((each, index) => ({ followers: 10 ** index, ms: each }));

test('the crossing is read between two points on logarithmic scales', () => {
  expect(crossover(curve(1, 1, 10, 1_000), curve(100, 100, 100, 100))).toBe(316); // half-way from 100 to 1,000
});

test('a curve that stays below never crosses, one that begins above does so at its first point', () => {
  expect(crossover(curve(1, 2, 3), curve(4, 4, 4))).toBeNull();
  expect(crossover(curve(5, 1), curve(4, 4))).toBe(1);
});
