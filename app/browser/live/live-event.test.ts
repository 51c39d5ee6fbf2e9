import { expect, test } from 'vitest';
import { chunk, exampleDelivery } from '#app/browser/example-delivery.test-data.ts';
import { belongs, countHeld, type HeldBack, hold, type LiveEvent } from './live-event.ts';

const delivery = (tweetId: number, delivered: number): LiveEvent => ({
  name: 'delivery',
  data: exampleDelivery({ tweetId, delivered }),
});
const arrival = (account: string, id: number): LiveEvent => ({
  name: 'arrival',
  data: {
    account,
    at: '2026-01-01T00:00:00.000Z',
    tweet: {
      id,
      text: 'Hello',
      createdAt: '2026-01-01T00:00:00.000Z',
      author: { id: 1, handle: 'ada', name: 'Ada' },
    },
  },
});
const beat: LiveEvent = { name: 'beat', data: { at: '2026-01-01T00:00:00.000Z' } };

test('a component hears the events of its own topics only', () => {
  expect(belongs(delivery(4, 1), 'delivery:4')).toBe(true);
  expect(belongs(delivery(4, 1), 'delivery:5')).toBe(false);
  expect(belongs(delivery(4, 1), 'posts:ada')).toBe(true);
  expect(belongs(delivery(4, 1), 'home:ada')).toBe(false);
  expect(belongs(arrival('ada', 1), 'home:ada')).toBe(true);
  expect(belongs(arrival('ada', 1), 'home:bo')).toBe(false);
});

test('while paused, a newer figure replaces the older one and every arrival is kept', () => {
  const events = [delivery(4, 1), arrival('ada', 7), delivery(4, 2), arrival('ada', 8), beat];
  const held = events.reduce<HeldBack>(hold, new Map());
  expect([...held.values()]).toEqual([delivery(4, 2), arrival('ada', 7), arrival('ada', 8), beat]);
  expect(countHeld(held)).toBe(3);
});

test('while paused, chunks of one tweet are merged by number', () => {
  const at = (number: number, attempts: number) => chunk({ number, attempts });
  const first: LiveEvent = { name: 'chunks', data: { tweetId: 4, chunks: [at(0, 1), at(1, 1)] } };
  const second: LiveEvent = { name: 'chunks', data: { tweetId: 4, chunks: [at(1, 2)] } };
  const held = hold(hold(new Map(), first), second);
  expect([...held.values()]).toEqual([
    { name: 'chunks', data: { tweetId: 4, chunks: [at(0, 1), at(1, 2)] } },
  ]);
});
