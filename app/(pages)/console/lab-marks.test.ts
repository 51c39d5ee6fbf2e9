import { expect, test } from 'vitest';
import { marksIn } from './lab-marks.ts';

const second = (s: number) => `2026-01-01T00:00:${String(s).padStart(2, '0')}.000Z`;
const until = Date.parse(second(50));

test('what was broken on purpose is marked while the charts show its moment, and neither before nor after', () => {
  const log = [51, 50, 31, 30, 5].map((s) => ({ id: s, at: second(s), text: `at ${s}` }));
  expect(marksIn(log, { until, shownMs: 20_000 })).toEqual([
    { id: 50, at: until, text: 'at 50' },
    { id: 31, at: until - 19_000, text: 'at 31' },
  ]);
});
