import { expect, test } from 'vitest';
import type { StatusView } from '#api/contract.ts';
import { after, delivery } from '#app/browser/example-delivery.test-data.ts';
import { headline } from './headline.tsx';
import { situation } from './situation.ts';

const status = (other: Partial<StatusView> = {}): StatusView => ({
  workers: 2,
  queue: 'ok',
  timelines: 'ok',
  postgres: 'ok',
  unfinished: 1,
  pause: { paused: false, since: after(0) },
  at: after(0),
  ...other,
});
const waiting = delivery({ state: 'waiting', delivered: 0, publishedAt: null });

test('an accepted tweet is not called delivered', () => {
  expect(situation(waiting, status()).sentence).toContain('waits in the outbox');
});

test('in a pause the page says so, and a delivery that has ended stays what it is', () => {
  const paused = status({ pause: { paused: true, since: after(0) } });
  expect(situation(waiting, paused).sentence).toContain('Deliveries are paused');
  expect(situation(delivery({ state: 'delivered' }), paused).tone).toBe('good');
});

test('without a worker the page says so instead of waiting silently', () => {
  expect(situation(waiting, status({ workers: 0 })).sentence).toContain('No worker is running');
});

test('an author without followers has a sentence of their own', () => {
  expect(situation(delivery({ expected: 0, delivered: 0 }), status()).sentence).toContain('Nobody follows');
});

test('cold and gone followers are explained, not hidden in a total', () => {
  expect(situation(delivery({ delivered: 999_989, cold: 10, gone: 1 }), status()).sentence).toBe(
    'Delivered to 999,989. 10 cold: rebuilt with this tweet when their owners read; 1 gone: unfollowed before their chunk came.',
  );
});

test('a failed delivery says how many followers are without it', () => {
  expect(situation(delivery({ state: 'failed', delivered: 995_000 }), status()).sentence).toContain(
    '5,000 followers',
  );
});

test('with Postgres away the figures are called old', () => {
  expect(situation(delivery(), status({ postgres: 'away' })).tone).toBe('warn');
});

test('a pulled tweet is not called delivered, and says who reads it when', () => {
  const pulled = delivery({ delivered: 0, pulled: 1_000_000, chunks: 0, chunksDone: 0 });
  expect(situation(pulled, status()).sentence).toBe(
    'Pulled: read from the author’s list when a follower opens home.',
  );
  expect(headline(pulled, null)).toEqual(['1,000,000 of 1,000,000', 'pulled', 'not audited yet']);
});
