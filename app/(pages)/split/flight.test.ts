import { expect, test } from 'vitest';
import type { Entry, SendState } from '#app/browser/outbox/outbox.ts';
import { clockTime, flight, pressedAt } from './flight.ts';

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

const tweet = { id: 42, author: { id: 1, handle: 'ada', name: 'Ada' }, text: 'Hello', createdAt: '' };
const entry = (pressed: number, state: SendState): Entry => ({
  key: String(pressed),
  account: 'ada',
  text: 'Hello',
  pressedAt: pressed,
  state,
});
const accepted = (id: number): SendState => ({ name: 'accepted', tweet: { ...tweet, id }, ms: 38 });

test('an accepted tweet is found by its id, not by its text', () => {
  expect(pressedAt([entry(2_000, accepted(43)), entry(1_000, accepted(42))], tweet)).toBe(1_000);
});

test('a tweet that overtakes its own 202 is found by its text', () => {
  expect(pressedAt([entry(3_000, { name: 'sending' }), entry(1_000, accepted(41))], tweet)).toBe(3_000);
});

test('a tweet from another browser was not pressed here', () => {
  expect(pressedAt([entry(1_000, accepted(41))], tweet)).toBeNull();
});
