import type { DeliveryView } from '#api/contract.ts';
import { delivery } from '#app/delivery/example.test-data.ts';

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
