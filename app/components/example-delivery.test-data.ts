import type { DeliveryView } from '#app/contract.ts';

/** A delivery of 1,000 that a worker has just taken, with what a test changes. */
export function exampleDelivery(change: Partial<DeliveryView> = {}): DeliveryView {
  return {
    tweetId: 1,
    authorId: 1,
    state: 'delivering',
    expected: 1_000,
    delivered: 0,
    cold: 0,
    gone: 0,
    chunks: 1,
    chunksDone: 0,
    redeliveries: 0,
    acceptedAt: '2026-01-01T00:00:00.000Z',
    publishedAt: '2026-01-01T00:00:00.010Z',
    startedAt: '2026-01-01T00:00:01.000Z',
    plannedAt: null,
    firstAt: null,
    medianAt: null,
    finishedAt: null,
    now: '2026-01-01T00:00:01.000Z',
    ...change,
  };
}
