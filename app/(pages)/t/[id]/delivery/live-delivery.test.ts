import { expect, test } from 'vitest';
import type { DeliveryPage } from '#api/contract.ts';
import { after, chunk, delivery } from '#app/browser/example-delivery.test-data.ts';
import { begin, hear, NOTHING_HEARD, reduce } from './live-delivery.ts';

const page = (chunks: DeliveryPage['chunks'] = []): DeliveryPage => ({
  tweet: { id: 42, author: { id: 1, handle: 'ada', name: 'Ada' }, text: 'Hello', createdAt: after(0) },
  delivery: delivery({ state: 'delivering', delivered: 10, now: after(100) }),
  chunks,
});

test('a delivery event that is older than what is shown changes nothing', () => {
  const live = begin(page());
  expect(reduce(live, { kind: 'delivery', delivery: delivery({ delivered: 5, now: after(90) }) })).toBe(live);
  const newer = delivery({ delivered: 20, now: after(110) });
  expect(reduce(live, { kind: 'delivery', delivery: newer }).delivery.delivered).toBe(20);
});

test('a delivered chunk does not go back in flight when a late event says so', () => {
  const live = begin(page([chunk()]));
  const late = reduce(live, { kind: 'chunks', chunks: [chunk({ state: 'in flight', attempts: 1 })] });
  expect(late.chunks[0]?.state).toBe('delivered');
});

test('chunks that are heard before their delivery are shown with it', () => {
  const early = hear(NOTHING_HEARD, { kind: 'chunks', chunks: [chunk()] });
  expect(early.live).toBeNull();
  const { live } = hear(early, { kind: 'delivery', delivery: delivery() });
  expect(live?.chunks.map(({ number, state }) => `${number} ${state}`)).toEqual(['0 delivered']);
});

test('a failed chunk may be retried', () => {
  const live = begin(page([chunk({ state: 'failed' })]));
  const retried = reduce(live, { kind: 'chunks', chunks: [chunk({ state: 'in flight', attempts: 2 })] });
  expect(retried.chunks[0]?.state).toBe('in flight');
});

test('chunks that were planned since stand behind those that were known, in order', () => {
  const live = reduce(begin(page([chunk()])), {
    kind: 'chunks',
    chunks: [chunk({ number: 2, state: 'waiting' }), chunk({ number: 1, state: 'in flight' })],
  });
  expect(live.chunks.map(({ number, state }) => `${number} ${state}`)).toEqual([
    '0 delivered',
    '1 in flight',
    '2 waiting',
  ]);
});

test('an event keeps the identity of every chunk that it does not name, so that its cell is not drawn again', () => {
  const live = begin(page([chunk(), chunk({ number: 1, state: 'waiting' })]));
  const next = reduce(live, { kind: 'chunks', chunks: [chunk({ number: 1 })] });
  expect(next.chunks[0]).toBe(live.chunks[0]);
});

test('workers get letters in the order in which they began, and keep them', () => {
  const live = begin(
    page([
      chunk({ worker: 'late', startedAt: after(30) }),
      chunk({ number: 1, worker: 'early', startedAt: after(20) }),
    ]),
  );
  expect(live.letters).toEqual({ early: 'A', late: 'B' });
  const next = reduce(live, {
    kind: 'chunks',
    chunks: [chunk({ number: 2, worker: 'third', startedAt: after(10) })],
  });
  expect(next.letters).toEqual({ early: 'A', late: 'B', third: 'C' });
});

test('a worker that is named by a letter keeps it', () => {
  const live = begin(
    page([chunk({ worker: 'B' }), chunk({ number: 1, worker: 'host-17', startedAt: after(30) })]),
  );
  expect(live.letters).toEqual({ B: 'B', 'host-17': 'A' });
});
