import { expect, test } from 'vitest';
import { delayFor } from './rabbitmq-queues.ts';

test('a wait takes the next longer queue of the tiers, one beyond them the longest, again and again', () => {
  expect([0, 500, 501, 2_500, 60_000, 20 * 60_000].map(delayFor)).toEqual([
    500, 500, 1_000, 4_000, 64_000, 64_000,
  ]);
});
