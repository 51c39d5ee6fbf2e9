import { expect, test } from 'vitest';
import { chunk, exampleDelivery } from '#app/browser/example-delivery.test-data.ts';
import {
  belongs,
  countHeld,
  eventParser,
  HeardArrivals,
  type HeldBack,
  hold,
  type LiveEvent,
} from './live-event.ts';

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

test('an event is what the server wrote, without fields that no page knows', () => {
  const warnings: string[] = [];
  const parse = eventParser((text) => warnings.push(text));
  const written = (event: LiveEvent) => ({ name: event.name, data: JSON.stringify(event.data), id: null });
  for (const event of [delivery(4, 1), arrival('ada', 7), beat]) expect(parse(written(event))).toEqual(event);
  const later = { name: 'beat', data: JSON.stringify({ ...beat.data, later: true }), id: null };
  expect(parse(later)).toEqual(beat);
  expect(warnings).toEqual([]);
});

test('an event of another shape is ignored, and its name is logged once', () => {
  const warnings: string[] = [];
  const parse = eventParser((text) => warnings.push(text));
  const broken = [
    { name: 'beat', data: '{}', id: null },
    { name: 'beat', data: '{"at"', id: null },
    { name: 'unheard-of', data: '{}', id: null },
  ];
  expect(broken.map(parse)).toEqual([null, null, null]);
  expect(warnings).toHaveLength(2);
  expect(warnings[0]).toContain('beat: data.at');
});

test('a component hears the events of its own topics only', () => {
  expect(belongs(delivery(4, 1), 'delivery:4')).toBe(true);
  expect(belongs(delivery(4, 1), 'delivery:5')).toBe(false);
  expect(belongs(delivery(4, 1), 'posts:ada')).toBe(true);
  expect(belongs(delivery(4, 1), 'home:ada')).toBe(false);
  expect(belongs(arrival('ada', 1), 'home:ada')).toBe(true);
  expect(belongs(arrival('ada', 1), 'home:bo')).toBe(false);
});

test('while paused, a newer figure replaces the older one and no arrival is dropped', () => {
  const events = [delivery(4, 1), arrival('ada', 7), delivery(4, 2), arrival('ada', 8), beat];
  const held = events.reduce<HeldBack>(hold, new Map());
  expect([...held.values()]).toEqual([delivery(4, 2), arrival('ada', 7), arrival('ada', 8), beat]);
  expect(countHeld(held)).toBe(3);
});

test('an arrival that the server sends again is told from news, for each account', () => {
  const heard = new HeardArrivals();
  const events = [
    arrival('ada', 7),
    arrival('bo', 7),
    arrival('ada', 7),
    arrival('ada', 6),
    delivery(4, 1),
    delivery(4, 1),
  ];
  expect(events.map((event) => heard.isAgain(event))).toEqual([false, false, true, false, false, false]);
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
