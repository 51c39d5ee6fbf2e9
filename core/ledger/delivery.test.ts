import { expect, it } from 'vitest';
import { PROGRESS } from './delivery.ts';

/** As the version before told it, with all of the delivery's figures. */
const OLD_DELIVERY = {
  tweetId: 7,
  authorId: 1,
  state: 'delivering',
  expected: 95,
  delivered: 40,
  chunks: 10,
};
const RANGE = { shard: 0, fromId: 1, toId: 10 };

it('understands what workers of the version before tell', () => {
  const parse = (hint: object) => PROGRESS.parse(JSON.stringify(hint));
  const delivery = { tweetId: 7, authorId: 1 };
  expect(parse({ kind: 'started', tweetId: 7 })).toEqual({ kind: 'started', tweetId: 7 });
  expect(parse({ kind: 'finished', ranges: [RANGE], delivery: OLD_DELIVERY })).toEqual({
    ...{ kind: 'finished', ranges: [RANGE], delivery },
  });
  expect(parse({ kind: 'changed', tweetId: 7, delivery: OLD_DELIVERY })).toEqual({
    ...{ kind: 'changed', tweetId: 7, delivery },
  });
});
