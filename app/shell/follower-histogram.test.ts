import { expect, test } from 'vitest';
import { histogramBars } from './follower-histogram.tsx';

const followers = [
  { from: 0, people: 1_000_000 },
  { from: 1, people: 10_000 },
  { from: 10, people: 100 },
  { from: 100, people: 1 },
  { from: 1_000, people: 0 },
];

test('a power law falls by the same step from bar to bar, one person has a bar, and nobody has none', () => {
  const heights = histogramBars({ followers }, null).map(({ height }) => Number(height.toFixed(3)));
  expect(heights).toEqual([1, 0.714, 0.429, 0.143, 0]);
});

test('a bar says whose followers it counts, and where one is oneself', () => {
  const bars = histogramBars({ followers }, 99);
  expect(bars.map(({ range }) => range)).toEqual(['0', '1–9', '10–99', '100–999', '1,000–9,999']);
  expect(bars.filter(({ isMine }) => isMine).map(({ range }) => range)).toEqual(['10–99']);
});
