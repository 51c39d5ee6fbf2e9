import { expect, test } from 'vitest';
import { clockTime, flight } from './flight.ts';

const noon = Date.UTC(2026, 0, 1, 12, 0, 1);
const iso = (ms: number) => new Date(noon + ms).toISOString();

test('a tweet posted in this browser is measured by its clock alone, whatever the server says', () => {
  const hourOff = { at: iso(3_600_000), shownAt: noon + 112 };
  expect(flight({ pressedAt: noon, createdAt: iso(3_599_990) }, hourOff)).toEqual({
    postedAt: noon,
    arrivedAt: noon + 112,
    ms: 112,
    clock: 'this browser',
  });
});

test('a tweet posted elsewhere is measured by the server alone', () => {
  const measured = flight({ pressedAt: null, createdAt: iso(0) }, { at: iso(40), shownAt: noon - 99_999 });
  expect(measured).toMatchObject({ ms: 40, clock: 'the server' });
});

test('the time of day has milliseconds', () => {
  expect(clockTime(noon + 112, 'UTC')).toBe('12:00:01.112');
});
