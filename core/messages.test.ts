import { expect, it } from 'vitest';
import { deliveriesOf, deliveryMessage } from './messages.ts';

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
