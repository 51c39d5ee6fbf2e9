import { expect, test } from 'vitest';
import type { StatusView } from '#api/contract.ts';
import { behind, explainAway, explainPause, healthItems, trackAway } from './status-line.ts';

const status = (second: number, change: Partial<StatusView> = {}): StatusView => ({
  workers: 2,
  queue: 'ok',
  timelines: 'ok',
  postgres: 'ok',
  unfinished: 0,
  pause: { paused: false, since: '2026-01-01T00:00:00.000Z' },
  at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  ...change,
});

test('everything is said in a word', () => {
  const words = healthItems(status(0, { workers: 3, queue: 'away' })).map(
    ({ name, word }) => `${name} ${word}`,
  );
  expect(words).toEqual(['web ok', 'workers 3', 'queue away', 'timelines ok', 'Postgres ok']);
});

test('what is away is explained with its age and with what still works, and forgotten when it is back', () => {
  const since = trackAway({}, status(0, { queue: 'away' }));
  const later = status(12, { queue: 'away' });
  expect(explainAway(trackAway(since, later), Date.parse(later.at))).toEqual([
    'The queue has been away for 12 s. Tweets are accepted and kept in Postgres. They are delivered when the queue is back.',
  ]);
  expect(trackAway(since, status(14))).toEqual({});
});

test('a pause is said with its age, and is no fault', () => {
  const paused = status(12, { pause: { paused: true, since: '2026-01-01T00:00:00.000Z' } });
  expect(healthItems(paused)[1]).toEqual({ name: 'workers', word: '2, deliveries paused', ok: true });
  expect(explainPause(paused)).toMatch(/^Deliveries have been paused for 12 s\. Tweets are accepted/);
  expect(explainPause(status(12))).toBeNull();
});

test('no worker is a fault, an unknown number of workers is not', () => {
  expect(healthItems(status(0, { workers: 0 }))[1]?.ok).toBe(false);
  expect(healthItems(status(0, { workers: null, postgres: 'away' }))[1]).toEqual({
    name: 'workers',
    word: 'unknown',
    ok: true,
  });
});

test('a lag that is too small to measure has no figure', () => {
  expect([20, 100, 1_240].map(behind)).toEqual(['under 0.1 s', '0.1 s', '1.2 s']);
});
