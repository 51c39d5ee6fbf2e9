import { expect, test } from 'vitest';
import type { DeliveryView, StatusView } from '#api/contract.ts';
import { exampleDelivery } from '#app/browser/example-delivery.test-data.ts';
import { isPaused, measure, observe, type Pace, stalledFor, stallReason } from './pace.ts';

const at = (ms: number) => new Date(Date.parse('2026-01-01T00:00:01.000Z') + ms).toISOString();
const after = (ms: number, counts: Partial<DeliveryView>) => exampleDelivery({ now: at(ms), ...counts });
const observeAll = (deliveries: DeliveryView[]) =>
  deliveries.reduce<Pace | null>(observe, null) ?? observe(null, exampleDelivery());
const status = (change: Partial<StatusView>): StatusView => ({
  workers: 2,
  queue: 'ok',
  timelines: 'ok',
  postgres: 'ok',
  unfinished: 1,
  pause: { paused: false, since: at(-60_000) },
  at: at(0),
  ...change,
});

test('the first event is measured from when a worker took the tweet', () => {
  const pace = observeAll([after(500, { delivered: 100 })]);
  expect(measure(pace, 900)).toEqual({ perSecond: 200, leftMs: 4_500 });
});

test('the rate is that of the last two seconds and counts cold timelines as done', () => {
  const pace = observeAll([
    after(0, { delivered: 0 }),
    after(3_000, { delivered: 100 }),
    after(4_000, { delivered: 200, cold: 100 }),
    after(5_000, { delivered: 400, cold: 100 }),
  ]);
  expect(measure(pace, 500)).toEqual({ perSecond: 200, leftMs: 2_500 });
});

test('there is no rate while nothing moves', () => {
  expect(measure(observeAll([after(0, {})]), 1_000)).toBeNull();
});

test('a delivery is stalled once nothing has moved for more than 5 s by the server clock', () => {
  const pace = observeAll([after(1_000, { delivered: 10 }), after(2_000, { delivered: 10 })]);
  const last = after(2_000, { delivered: 10 });
  expect(stalledFor(pace, last, status({ at: at(6_000) }))).toBeNull();
  expect(stalledFor(pace, last, status({ at: at(7_000) }))).toBe(6_000);
  expect(stalledFor(pace, { ...last, finishedAt: at(2_000) }, status({ at: at(7_000) }))).toBeNull();
});

test('in a pause a delivery waits and is not stalled, nor at once when it goes on', () => {
  const last = after(1_000, { delivered: 10 });
  const pace = observeAll([last]);
  const paused = status({ at: at(60_000), pause: { paused: true, since: at(2_000) } });
  expect(isPaused(last, paused)).toBe(true);
  expect(stalledFor(pace, last, paused)).toBeNull();
  const resumed = { paused: false, since: at(60_000) };
  expect(isPaused(last, status({ at: at(64_000), pause: resumed }))).toBe(false);
  expect(stalledFor(pace, last, status({ at: at(64_000), pause: resumed }))).toBeNull();
  expect(stalledFor(pace, last, status({ at: at(66_000), pause: resumed }))).toBe(6_000);
});

test('the status says why it stands still', () => {
  expect(stallReason(status({ workers: 0 }))).toBe('no worker is running');
  expect(stallReason(status({ queue: 'away' }))).toBe('the queue is away');
  expect(stallReason(status({ workers: null, postgres: 'away' }))).toBe('Postgres is away');
});
