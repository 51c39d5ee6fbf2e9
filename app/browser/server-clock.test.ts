import { beforeEach, expect, test, vi } from 'vitest';

let clock: typeof import('./server-clock.ts');
const browser = { wall: 0, steady: 0 };
beforeEach(async () => {
  vi.resetModules();
  clock = await import('./server-clock.ts');
  vi.spyOn(Date, 'now').mockImplementation(() => browser.wall);
  vi.spyOn(performance, 'now').mockImplementation(() => browser.steady);
  return () => vi.restoreAllMocks();
});

const NOON = Date.parse('2026-01-01T12:00:00Z');
const hear = (date: string | null) => clock.noteServerTime({ headers: new Headers(date ? { date } : {}) });

test('it is unknown before the server was heard, and by an answer that says no time', () => {
  expect(clock.serverNow()).toBeNull();
  hear(null);
  hear('noon');
  expect(clock.serverNow()).toBeNull();
});

test('it goes on from what the server said, whatever the clock of the browser says', () => {
  Object.assign(browser, { wall: 0, steady: 500 });
  hear('Thu, 01 Jan 2026 12:00:00 GMT');
  expect(clock.serverNow()).toBe(NOON);
  Object.assign(browser, { wall: 2_000, steady: 2_500 });
  expect(clock.serverNow()).toBe(NOON + 2_000);
});

test('it counts the time for which the computer slept, and is not set back with the clock', () => {
  Object.assign(browser, { wall: 0, steady: 0 });
  hear('Thu, 01 Jan 2026 12:00:00 GMT');
  Object.assign(browser, { wall: 7_200_000, steady: 1_000 });
  expect(clock.serverNow()).toBe(NOON + 7_200_000);
  Object.assign(browser, { wall: -7_200_000, steady: 2_000 });
  expect(clock.serverNow()).toBe(NOON + 2_000);
});
