import { expect, test } from 'vitest';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { arrange, type HomeAction, MOST, openList, reduceHome, waitingBeside } from './home-list.ts';

const tweet = (id: number) => ({
  id,
  text: `Tweet ${id}`,
  createdAt: '2026-01-01T00:00:00.000Z',
  author: { id: 1, handle: 'ada', name: 'Ada' },
});
const entry = (key: string, pressedAt: number, tweetId?: number): Entry => ({
  key,
  account: 'ada',
  text: key,
  pressedAt,
  state: tweetId === undefined ? { name: 'sending' } : { name: 'accepted', tweet: tweet(tweetId), ms: 1 },
});
const nobody: Entry[] = [];
const run = (...actions: HomeAction[]) => actions.reduce(reduceHome, openList([tweet(20), tweet(10)], null));
const shown = (list = run(), entries: Entry[] = []) =>
  arrange(list, entries).map((item) => (item.kind === 'own' ? item.entry.key : item.tweet.id));

test('arrivals wait, newest first, and are on top once they are asked for', () => {
  const waiting = run({ type: 'arrived', tweets: [tweet(30)] }, { type: 'arrived', tweets: [tweet(40)] });
  expect(shown(waiting)).toEqual([20, 10]);
  expect(shown(reduceHome(waiting, { type: 'loaded', at: 1, own: nobody }))).toEqual([40, 30, 20, 10]);
});

test('a tweet that arrives twice, or is on screen already, waits once or not at all', () => {
  const list = run(
    { type: 'arrived', tweets: [tweet(30), tweet(20)] },
    { type: 'arrived', tweets: [tweet(30)] },
  );
  expect(list.waiting.map(({ id }) => id)).toEqual([30]);
});

test('a tweet with a smaller id than all is news where the page shows the whole timeline, and not below a page', () => {
  const late: HomeAction = { type: 'arrived', tweets: [tweet(5)] };
  expect(run(late).waiting).toEqual([tweet(5)]);
  expect(reduceHome(openList([tweet(20), tweet(10)], 'more'), late).waiting).toEqual([]);
});

test('own tweets go on top and stay where they are when they are accepted with a smaller id', () => {
  const list = run({ type: 'arrived', tweets: [tweet(40)] }, { type: 'loaded', at: 1, own: nobody });
  expect(shown(list, [entry('mine', 2)])).toEqual(['mine', 40, 20, 10]);
  expect(shown(list, [entry('mine', 2, 30)])).toEqual(['mine', 40, 20, 10]);
});

test('what is loaded later goes above an own tweet that was there before', () => {
  const list = run({ type: 'arrived', tweets: [tweet(50)] }, { type: 'loaded', at: 3, own: nobody });
  expect(shown(list, [entry('mine', 2, 45)])).toEqual([50, 'mine', 20, 10]);
});

test('an own tweet is shown once, from the page or from the outbox', () => {
  expect(shown(run(), [entry('mine', 2, 20)])).toEqual([20, 10]);
  const list = run({ type: 'arrived', tweets: [tweet(30)] });
  expect(waitingBeside(list, [entry('mine', 2, 30)])).toEqual([]);
  expect(
    shown(reduceHome(list, { type: 'loaded', at: 3, own: [entry('mine', 2, 30)] }), [entry('mine', 2, 30)]),
  ).toEqual(['mine', 20, 10]);
});

test('the page stays light: beyond 200 articles the oldest go', () => {
  const many = Array.from({ length: MOST + 5 }, (_, index) => tweet(100 + index));
  const list = run({ type: 'arrived', tweets: many }, { type: 'loaded', at: 1, own: nobody });
  expect(list.shown).toHaveLength(MOST);
  expect(list.trimmed).toBe(true);
});

test('a deleted tweet is gone from the screen and from what waits', () => {
  const list = run(
    { type: 'arrived', tweets: [tweet(30)] },
    { type: 'removed', tweetId: 30 },
    { type: 'removed', tweetId: 20 },
  );
  expect(list.waiting).toEqual([]);
  expect(shown(list)).toEqual([10]);
});

test('a tweet that is asked for again after a reload is one card, also while its answer is awaited', () => {
  const [at, text] = [Date.parse(tweet(20).createdAt), tweet(20).text];
  const again: Entry = { ...entry('again', at - 500), text, revived: true };
  expect(shown(run(), [again])).toEqual([20, 10]);
  expect(
    waitingBeside(reduceHome(openList([], null), { type: 'arrived', tweets: [tweet(20)] }), [again]),
  ).toEqual([]);
  const full = { name: 'full', status: 503, reason: 'Full', nextTry: 2, retryAt: 0 } as const;
  expect(shown(run(), [{ ...again, state: full }])).toEqual(['again', 20, 10]);
});

test('the same text pressed anew, by somebody else, or long after, is another tweet', () => {
  const [at, text] = [Date.parse(tweet(20).createdAt), tweet(20).text];
  const others: Entry[] = [
    { ...entry('anew', at - 500), text },
    { ...entry('somebody', at - 500), text, revived: true, account: 'bob' },
    { ...entry('late', at + 61_000), text, revived: true },
  ];
  for (const other of others) expect(shown(run(), [other])).toEqual([other.key, 20, 10]);
});
