import { describe, expect, it } from 'vitest';
import { checkTiming, NoSuchTiming, nextTick, type Timing } from './next-tick.ts';

const cron = (expression: string, timeZone = 'UTC'): Timing => ({
  cron: expression,
  everyMs: null,
  timeZone,
});
const every = (everyMs: number): Timing => ({ cron: null, everyMs, timeZone: 'UTC' });

function ticks(timing: Timing, from: string, count: number): string[] {
  const found: string[] = [];
  for (let at = new Date(from); found.length < count; found.push(at.toISOString().slice(0, 16)))
    at = nextTick(timing, at, at);
  return found;
}

describe('when the clock is moved', () => {
  it.each([
    ['forward in Berlin', 'Europe/Berlin', '2027-03-27T12:00Z', ['2027-03-28T01:00', '2027-03-29T00:30']],
    [
      'forward in New York',
      'America/New_York',
      '2027-03-13T12:00Z',
      ['2027-03-14T07:00', '2027-03-15T06:30'],
    ],
    ['back in Berlin', 'Europe/Berlin', '2026-10-24T12:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
  ])('%s, half past two runs once a day', (_, timeZone, from, expected) => {
    expect(ticks(cron('30 2 * * *', timeZone), from, 2)).toEqual(expected);
  });

  it('back in New York, half past one, which comes twice, runs once', () => {
    const found = ticks(cron('30 1 * * *', 'America/New_York'), '2026-10-31T12:00Z', 2);
    expect(found).toEqual(['2026-11-01T05:30', '2026-11-02T06:30']);
  });

  it('what runs every hour goes on every hour, either way', () => {
    const hourly = cron('0 * * * *', 'Europe/Berlin');
    expect(ticks(hourly, '2027-03-27T23:30Z', 3)).toEqual([
      ...['2027-03-28T00:00', '2027-03-28T01:00', '2027-03-28T02:00'],
    ]);
    expect(ticks(hourly, '2026-10-24T23:30Z', 3)).toEqual([
      ...['2026-10-25T00:00', '2026-10-25T01:00', '2026-10-25T02:00'],
    ]);
  });
});

it('an interval keeps its phase, however many ticks were missed', () => {
  const last = new Date('2026-01-01T00:00:05Z');
  const next = nextTick(every(10_000), last, new Date('2026-01-01T01:00:00Z'));
  expect(next.toISOString()).toBe('2026-01-01T01:00:05.000Z');
});

it.each<[string, Timing, NoSuchTiming['field']]>([
  ['minute 61', cron('61 * * * *'), 'cron'],
  ['a word', cron('often'), 'cron'],
  ['the 30th of February', cron('0 0 30 2 *'), 'cron'],
  ['a zone that does not exist', cron('0 0 * * *', 'Mars/Olympus'), 'timeZone'],
  ['neither expression nor interval', { cron: null, everyMs: null, timeZone: 'UTC' }, 'cron'],
  ['both', { cron: '* * * * *', everyMs: 5_000, timeZone: 'UTC' }, 'cron'],
  ['an interval of 10 ms', every(10), 'everyMs'],
])('%s is refused by naming the field', (_, timing, field) => {
  expect(() => checkTiming(timing)).toThrow(NoSuchTiming);
  expect(() => checkTiming(timing)).toThrow(expect.objectContaining({ field }));
});
