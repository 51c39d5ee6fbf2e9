import { expect, test } from 'vitest';
import { exampleDelivery } from '#app/browser/example-delivery.test-data.ts';
import { type Entry, emptyOutbox, type OutboxAction, reduceOutbox } from './outbox.ts';

const entry = (key: string): Entry => ({
  key,
  account: 'ada',
  text: `Tweet ${key}`,
  pressedAt: 0,
  state: { name: 'sending' },
});
const tweet = (id: number) => ({
  id,
  text: 'Tweet',
  createdAt: '2026-01-01T00:00:00.000Z',
  author: { id: 1, handle: 'ada', name: 'Ada' },
});
const run = (...actions: OutboxAction[]) => actions.reduce(reduceOutbox, emptyOutbox);
const press = (key: string): OutboxAction => ({ type: 'pressed', entry: entry(key) });
const accept = (key: string, tweetId: number): OutboxAction => ({
  type: 'accepted',
  key,
  posted: { tweet: tweet(tweetId), delivery: exampleDelivery({ tweetId }) },
  ms: 38,
});

test('the newest tweet is on top, and the same key twice is one tweet', () => {
  expect(run(press('a'), press('b'), press('a')).entries.map(({ key }) => key)).toEqual(['b', 'a']);
});

test('each tweet moves by itself, whatever the others do', () => {
  const { entries } = run(press('a'), press('b'), { type: 'moved', key: 'a', state: { name: 'offline' } });
  expect(entries.map(({ state }) => state.name)).toEqual(['sending', 'offline']);
});

test('an accepted tweet never goes back, whatever is heard late', () => {
  const { entries, deliveries } = run(press('a'), accept('a', 7), {
    type: 'moved',
    key: 'a',
    state: { name: 'lost', nextTry: 2, retryAt: 0 },
  });
  expect(entries[0]?.state).toEqual({ name: 'accepted', tweet: tweet(7), ms: 38 });
  expect(deliveries.get(7)?.state).toBe('delivering');
});

test('an older word of the ledger does not replace a newer one', () => {
  const newer = exampleDelivery({ tweetId: 7, delivered: 900, now: '2026-01-01T00:00:03.000Z' });
  const older = exampleDelivery({ tweetId: 7, delivered: 100, now: '2026-01-01T00:00:02.000Z' });
  const { deliveries } = run({ type: 'delivery', delivery: newer }, { type: 'delivery', delivery: older });
  expect(deliveries.get(7)).toBe(newer);
});

test('a delivery that is heard before the answer is not set back by it', () => {
  const ahead = exampleDelivery({ tweetId: 7, delivered: 900, now: '2026-01-01T00:00:03.000Z' });
  const { deliveries } = run(press('a'), { type: 'delivery', delivery: ahead }, accept('a', 7));
  expect(deliveries.get(7)).toBe(ahead);
});

test('a discarded tweet is gone', () => {
  expect(run(press('a'), press('b'), { type: 'dropped', key: 'a' }).entries.map(({ key }) => key)).toEqual([
    'b',
  ]);
});
