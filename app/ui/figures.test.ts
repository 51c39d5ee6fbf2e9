import { expect, test } from 'vitest';
import { between, count, counted, duration, rate } from './figures.ts';

test('counts carry thousands separators and agree with their noun', () => {
  expect(count(1_000_000)).toBe('1,000,000');
  expect(counted(1, 'chunk')).toBe('1 chunk');
  expect(counted(200, 'chunk')).toBe('200 chunks');
});

test('a duration is cut, never rounded up to a unit that has not passed', () => {
  expect(duration(38.4)).toBe('38 ms');
  expect(duration(1_690)).toBe('1.6 s');
  expect(duration(59_999)).toBe('59.9 s');
  expect(duration(125_000)).toBe('2 min 5 s');
});

test('a rate has three digits, and there is none over no time', () => {
  expect(rate(1_000_000, 1_234)).toBe('810,000/s');
  expect(rate(12, 0)).toBeNull();
});

test('a span with an unknown end is unknown', () => {
  expect(between('2026-01-01T00:00:00.000Z', '2026-01-01T00:00:01.250Z')).toBe(1_250);
  expect(between('2026-01-01T00:00:00.000Z', null)).toBeNull();
});
