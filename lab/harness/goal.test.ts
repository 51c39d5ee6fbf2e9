import { expect, test } from 'vitest';
import { judge, missed } from './goal.ts';

const goals = { seconds: { atMost: 1.5 }, ratio: { atLeast: 0.8 } };

test('a figure on its goal meets it, one beyond it is shown as missed', () => {
  expect(judge({ seconds: 1.5, ratio: 0.79, rate: 763_358 }, goals)).toEqual([
    ['seconds', '1.50', '≤ 1.5', 'met'],
    ['ratio', '0.790', '≥ 0.8', 'MISSED'],
    ['rate', '763,358', '', ''],
  ]);
  expect(missed({ seconds: 1.5, ratio: 0.79 }, goals)).toEqual(['ratio']);
});

test('a figure that was not measured misses its goal', () => {
  expect(missed({ seconds: Number.NaN }, goals)).toEqual(['seconds', 'ratio']);
});
