import { expect, test } from 'vitest';
import { chartPath, markPath, roundTop } from './chart.tsx';

const box = { width: 60, height: 100 };
const scale = { until: 60_000, shownMs: 60_000, top: 200 };

test('time runs to the right edge, and zero lies at the bottom', () => {
  const points = [
    { at: 59_000, value: 0 },
    { at: 60_000, value: 200 },
  ];
  expect(chartPath(points, box, scale)).toBe('M59 100L60 0');
});

test('a line is broken where samples are missing, and where nothing was measured', () => {
  const points = [
    { at: 10_000, value: 0 },
    { at: 20_000, value: 0 },
    { at: 20_500, value: null },
    { at: 21_000, value: 0 },
  ];
  expect(chartPath(points, box, scale)).toBe('M10 100M20 100M21 100');
});

test('the top of the scale is a round number that does not follow every sample', () => {
  expect([0, 1, 640_000, 700_000, 1_200_000].map((value) => roundTop([value, null]))).toEqual([
    1, 1, 750_000, 750_000, 1_500_000,
  ]);
});

test('a mark stands where the line is at that moment', () => {
  expect(markPath(59_000, box, scale)).toBe('M59 0V100');
});
