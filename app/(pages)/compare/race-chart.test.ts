import { expect, test } from 'vitest';
import { curvePath, scaleOf } from './race-chart.ts';

const BOX = { width: 300, height: 100 };
const points = [
  { followers: 10, ms: 1 },
  { followers: 100, ms: 10 },
  { followers: 10_000, ms: 100 },
];

test('ten times more is the same way to the right and up', () => {
  expect(curvePath(points, BOX, scaleOf(points))).toBe('M0 100L100 50L300 0');
});

test('what is not known yet is left out, and one point is a dot', () => {
  const scale = scaleOf(points);
  const unknown = points.map((point, n) => (n === 0 ? point : { ...point, ms: null }));
  expect(curvePath(unknown, BOX, scale)).toBe('M0 100h0');
  expect(curvePath([], BOX, scaleOf([]))).toBe('');
});
