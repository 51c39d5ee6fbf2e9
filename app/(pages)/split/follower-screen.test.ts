import { expect, test } from 'vitest';
import {
  type Arrival,
  begin,
  type FirstPage,
  type FollowerScreen,
  reduce,
  type ScreenEvent,
} from './follower-screen.ts';

const arrival = (id: number): Arrival => ({
  account: 'ben',
  at: '2026-01-01T12:00:00.000Z',
  tweet: {
    id,
    author: { id: 1, handle: 'ada', name: 'Ada' },
    text: `Tweet ${id}`,
    createdAt: '2026-01-01T12:00:00Z',
  },
});
const FIRST: FirstPage = { tweets: [arrival(1).tweet], nextCursor: null };
const after = (events: ScreenEvent[]): FollowerScreen => events.reduce(reduce, begin(FIRST));
const ids = (list: { tweet: { id: number } }[]) => list.map(({ tweet }) => tweet.id);

test('a live screen draws an arrival when it comes, newest on top', () => {
  const screen = after([
    { kind: 'arrival', arrival: arrival(2), now: 10 },
    { kind: 'arrival', arrival: arrival(3), now: 20 },
  ]);
  expect(ids(screen.shown)).toEqual([3, 2]);
  expect(screen.shown[0]).toMatchObject({ shownAt: 20, heldBy: null });
});

test('a tweet whose arrival comes twice, or that was there before, is drawn once', () => {
  const screen = after([
    { kind: 'arrival', arrival: arrival(1), now: 10 },
    { kind: 'arrival', arrival: arrival(2), now: 20 },
    { kind: 'arrival', arrival: arrival(2), now: 30 },
  ]);
  expect(ids(screen.shown)).toEqual([2]);
});

test('what the server sends again is drawn if it is news, also below the newest, and not if it is older than the screen', () => {
  const first: FirstPage = { tweets: [arrival(9).tweet, arrival(7).tweet], nextCursor: 'more' };
  const again = [5, 6, 7, 8, 9].map(
    (id): ScreenEvent => ({ kind: 'arrival', arrival: arrival(id), now: 10 }),
  );
  expect(ids(again.reduce(reduce, begin(first)).shown)).toEqual([8]);
  expect(ids(again.reduce(reduce, begin({ ...first, nextCursor: null })).shown)).toEqual([8, 6, 5]);
});

test('a slow screen draws later what came, and says what held it up', () => {
  const held = after([
    { kind: 'connection', connection: 'slow', now: 0 },
    { kind: 'arrival', arrival: arrival(2), now: 10 },
  ]);
  expect(held.shown).toEqual([]);
  const drawn = reduce(held, { kind: 'draw', now: 3_000 });
  expect(drawn.shown[0]).toMatchObject({ shownAt: 3_000, heldBy: 'slow' });
  expect(drawn.pending).toEqual([]);
});

test('a slow screen that turns live draws at once what it held', () => {
  const screen = after([
    { kind: 'connection', connection: 'slow', now: 0 },
    { kind: 'arrival', arrival: arrival(2), now: 10 },
    { kind: 'connection', connection: 'live', now: 20 },
  ]);
  expect(ids(screen.shown)).toEqual([2]);
});

test('a tweet posted while offline counts as missed until the server sends it on return', () => {
  const offline = after([
    { kind: 'connection', connection: 'offline', now: 0 },
    { kind: 'posted', tweetId: 2 },
    { kind: 'posted', tweetId: 2 },
  ]);
  expect(offline.missed).toEqual([2]);
  const back = [
    { kind: 'connection', connection: 'live', now: 9_000 } as const,
    { kind: 'arrival', arrival: arrival(2), now: 9_050 } as const,
  ].reduce(reduce, offline);
  expect(back.missed).toEqual([]);
  expect(back.shown[0]).toMatchObject({ heldBy: 'offline', shownAt: 9_050 });
});
