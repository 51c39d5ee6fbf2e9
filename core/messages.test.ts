import { expect, it } from 'vitest';
import { range } from '#testing/people.ts';
import { deliveriesOf, deliveryMessage, fanOutMessage, fanOutOf, fanOutsOf } from './messages.ts';

const bodies = (numbers: number[]) => deliveriesOf(7, numbers).map(({ body }) => deliveryMessage.parse(body));

it('makes one message of up to four chunks that follow each other', () => {
  expect(bodies([0, 1, 2, 3, 4, 5])).toEqual([
    { tweetId: 7, chunk: 0, count: 4 },
    { tweetId: 7, chunk: 4, count: 2 },
  ]);
  expect(bodies([])).toEqual([]);
});

it('puts no chunk into a message that was not asked for', () => {
  expect(bodies([2, 4, 5, 9, 10])).toEqual([
    { tweetId: 7, chunk: 2, count: 1 },
    { tweetId: 7, chunk: 4, count: 2 },
    { tweetId: 7, chunk: 9, count: 2 },
  ]);
});

it('makes a message of each chunk when there are few, so that all workers have a share', () => {
  expect(bodies([0, 1, 2, 3]).map(({ count }) => count)).toEqual([1, 1, 1, 1]);
});

it('names messages of the same chunks alike, others differently', () => {
  const five = [0, 1, 2, 3, 4];
  const keys = [...deliveriesOf(7, five), ...deliveriesOf(7, [0]), ...deliveriesOf(8, [0])].map(
    ({ key }) => key,
  );
  expect(new Set(keys).size).toBe(4);
  expect(deliveriesOf(7, five)).toEqual(deliveriesOf(7, five));
});

it('reads a message without a count as one chunk', () => {
  expect(deliveryMessage.parse({ tweetId: 7, chunk: 3 })).toEqual({ tweetId: 7, chunk: 3, count: 1 });
});

const crowd = (count: number, expected: number) => range(1, count).map((tweetId) => ({ tweetId, expected }));
const tweetsOf = (fanOuts: { tweetId: number; expected: number }[]) =>
  fanOutsOf(fanOuts).map(({ body }) => fanOutMessage.parse(body).tweetIds);

it('puts up to eight small fan-outs into one message, in their order', () => {
  expect(tweetsOf(crowd(10, 12))).toEqual([range(1, 8), [9, 10]]);
  expect(tweetsOf([])).toEqual([]);
});

it('makes the very same message of one that comes alone', () => {
  expect(fanOutsOf(crowd(1, 12))).toEqual([fanOutOf(1)]);
});

it('puts no more followers into a message than one push of the store takes', () => {
  expect(tweetsOf(crowd(5, 1_500))).toEqual([[1, 2], [3, 4], [5]]);
});

it('names those that are traced and their traces, the first as the one that goes on', () => {
  const traced = crowd(3, 12).map((each, n) => ({ ...each, traceparent: n === 0 ? null : `trace-${n}` }));
  expect(fanOutsOf(traced).map(({ headers }) => headers)).toEqual([
    { traceparent: 'trace-1', links: 'trace-2', traced: '2 3' },
  ]);
  expect(fanOutsOf(crowd(3, 12))[0]?.headers).toBeUndefined();
});

it('leaves a large fan-out a message of its own', () => {
  const [before, large, after] = crowd(3, 12);
  if (!before || !large || !after) throw new Error('Expected three');
  expect(tweetsOf([before, { ...large, expected: 1_000_000 }, after])).toEqual([[1], [2], [3]]);
});

it('names messages of other tweets differently, whatever they have in common', () => {
  const keys = [[1, 2, 4], [1, 3, 4], [1, 4], [1], [14]].map((tweetIds) =>
    fanOutsOf(tweetIds.map((tweetId) => ({ tweetId, expected: 1 }))).map(({ key }) => key),
  );
  expect(new Set(keys.flat()).size).toBe(5);
});

it('reads the message of the version before, which names one tweet', () => {
  expect(fanOutMessage.parse({ tweetId: 7 })).toEqual({ tweetIds: [7] });
});

it('refuses a message that names no tweet', () => {
  for (const body of [{}, { tweetIds: [] }, { tweetIds: ['7'] }, { tweetId: 0 }])
    expect(fanOutMessage.safeParse(body).success).toBe(false);
});
