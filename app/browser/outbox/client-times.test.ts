import { beforeEach, expect, test, vi } from 'vitest';
import { emptyLocalStorage } from '../local-storage.test-data.ts';
import { readClientTimes, storeClientTimes } from './client-times.ts';

let storage: Record<string, string>;
beforeEach(() => {
  storage = emptyLocalStorage();
  return () => vi.unstubAllGlobals();
});

const times = { pressedAt: 1, paintedAt: 2, acceptedAt: 3 };

test('the times of the last twenty tweets are there, of each the newest', () => {
  for (let tweetId = 1; tweetId <= 21; tweetId++) storeClientTimes(tweetId, times);
  storeClientTimes(21, { ...times, acceptedAt: 4 });
  expect(readClientTimes(1)).toBeNull();
  expect(readClientTimes(2)).toEqual(times);
  expect(readClientTimes(21)).toEqual({ ...times, acceptedAt: 4 });
});

test('times of another shape are dropped, and the others are read', () => {
  storage['client-times'] = JSON.stringify([
    { tweetId: 1, pressedAt: 'noon' },
    null,
    { tweetId: 2, ...times },
  ]);
  expect(readClientTimes(1)).toBeNull();
  expect(readClientTimes(2)).toEqual(times);
  storage['client-times'] = '{"tweetId":2}';
  expect(readClientTimes(2)).toBeNull();
  storage['client-times'] = '[{"tweetId"';
  expect(readClientTimes(2)).toBeNull();
});
