import type { ChunkView, DeliveryView } from '#api/contract.ts';

/** For tests: an ISO time so many milliseconds after the tweet of {@link delivery} was accepted. */
export const after = (ms: number): string => new Date(Date.UTC(2026, 0, 1, 12) + ms).toISOString();

/** For tests: a million deliveries that took 1.6 s, with what a test wants otherwise. */
export const delivery = (other: Partial<DeliveryView> = {}): DeliveryView => ({
  tweetId: 42,
  authorId: 1,
  state: 'delivered',
  expected: 1_000_000,
  delivered: 1_000_000,
  cold: 0,
  gone: 0,
  pulled: 0,
  chunks: 200,
  chunksDone: 200,
  chunksFailed: 0,
  redeliveries: 0,
  acceptedAt: after(0),
  publishedAt: after(8),
  startedAt: after(14),
  plannedAt: after(300),
  firstAt: after(60),
  medianAt: after(800),
  finishedAt: after(1_600),
  now: after(2_000),
  ...other,
});

/** For tests: a delivered chunk of 5,000, with what a test wants otherwise. */
export const chunk = (other: Partial<ChunkView> = {}): ChunkView => ({
  number: 0,
  state: 'delivered',
  fromId: 101,
  toId: 5_100,
  expected: 5_000,
  delivered: 5_000,
  cold: 0,
  gone: 0,
  attempts: 1,
  redeliveries: 0,
  worker: 'worker-1',
  error: null,
  startedAt: after(20),
  finishedAt: after(60),
  ...other,
});

/** For tests: a delivery to 1,000 that a worker has just taken, with what a test wants otherwise. */
export const exampleDelivery = (other: Partial<DeliveryView> = {}): DeliveryView =>
  delivery({
    state: 'delivering',
    expected: 1_000,
    delivered: 0,
    acceptedAt: '2026-01-01T00:00:00.000Z',
    startedAt: '2026-01-01T00:00:01.000Z',
    finishedAt: null,
    now: '2026-01-01T00:00:01.000Z',
    ...other,
  });
