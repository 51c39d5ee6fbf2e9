import { expect, it } from 'vitest';
import { HomeCache } from './home-cache.ts';

const body = (id: number) => ({ id, authorId: 1, json: 'x'.repeat(350) }); // 500 bytes with what is around it
const timeline = (id: number) => ({ ids: [id], floor: 0, reach: 0, digest: `digest of ${id}` }); // 308 bytes
const followed = { authors: [1], upTo: Number.POSITIVE_INFINITY }; // 108 bytes

it('gives up timelines before tweets and followees, the one that was used least first', () => {
  const cache = new HomeCache(1_600);
  for (const reader of [1, 2, 3]) cache.keepTimeline(reader, timeline(reader));
  cache.keepFollowed(1, followed);
  cache.timeline(1);
  cache.keepBody(10, body(10)); // 1,532 bytes: all is kept
  expect([1, 2, 3].map((reader) => cache.timeline(reader)?.digest)).not.toContain(undefined);
  cache.timeline(1);
  cache.keepBody(11, body(11));
  expect([1, 2, 3].map((reader) => cache.timeline(reader) !== undefined)).toEqual([true, false, false]);
  expect([10, 11].map((id) => cache.body(id))).toEqual([body(10), body(11)]);
  expect(cache.followed(1)).toEqual(followed);
});

it('gives up tweets when they alone are more than it may keep', () => {
  const cache = new HomeCache(1_600);
  cache.keepTimeline(1, timeline(1));
  for (const id of [10, 11, 12, 13]) cache.keepBody(id, body(id));
  expect(cache.timeline(1)).toBeUndefined();
  expect([10, 11, 12, 13].map((id) => cache.body(id) !== undefined)).toEqual([false, true, true, true]);
});
