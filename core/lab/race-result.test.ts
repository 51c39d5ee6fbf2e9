import { expect, test } from 'vitest';
import type { Heat, Lane, Race } from '#core/lab/race.ts';
import { sentenceOf, time, whereRequestLoses } from './race-result.ts';

const lane = (answerMs: number, lastMs: number, state: Lane['state'] = 'done'): Lane => ({
  ...{ state, delivered: 1, answerMs, lastMs, firstMs: 1, medianMs: 1 },
});

const heat = (followers: number, request: Lane, chunked: Lane): Heat => ({
  ...{ followers, samples: 1 },
  lanes: { request, job: chunked, chunked, pulled: chunked },
});

const heats = [
  heat(10, lane(3, 3), lane(4, 12)),
  heat(1_000, lane(5, 5), lane(4, 12)),
  heat(100_000, lane(120, 120), lane(4, 140)),
];
const crashes: Race['crashes'] = [
  { lane: 'request', followers: 100_000, atOnce: 50_000, later: 50_000, twice: 0, laterS: 5 },
  { lane: 'chunked', followers: 100_000, atOnce: 40_000, later: 100_000, twice: 0, laterS: 6 },
];

test('the sentence is made of what was measured, and says where the request wins', () => {
  expect(whereRequestLoses({ heats })).toBeGreaterThan(1_000);
  expect(sentenceOf({ heats, crashes, stage: null })).toMatch(
    /^Here and now, delivering inside the request wins below about [\d,]+ followers: with 1,000 its author waits 5 ms and the last follower has the tweet 7 ms sooner than through the queue; with 100,000 followers its author waits 120 ms, and through the queue 4 ms; killed half-way it leaves 50,000 of 100,000 without the tweet for good, and the queue 0\.$/,
  );
});

test('the sentence of a race on a stage says what the stage was like', () => {
  const on = (workers: number, postgresMs: number) =>
    sentenceOf({ heats, crashes, stage: { workers, postgresMs } });
  expect(on(1, 0)).toMatch(/^On a stage with one worker, delivering/);
  expect(on(4, 20)).toMatch(/^On a stage with 4 workers and Postgres 20 ms away each way, delivering/);
});

test('a request that is never twice as slow wins as far as measured, one that always is wins nowhere', () => {
  const [first] = heats;
  expect(sentenceOf({ heats: first ? [first] : [], crashes: [], stage: null })).toContain(
    'wins as far as measured',
  );
  const slow = { heats: [heat(10, lane(30, 30), lane(4, 12))], crashes: [], stage: null };
  expect(whereRequestLoses(slow)).toBe(10);
  expect(sentenceOf(slow)).toContain('wins nowhere');
});

test('one slow tweet to few followers is no crossing', () => {
  const noisy = [heat(10, lane(30, 30), lane(4, 40)), ...heats.slice(1)];
  expect(whereRequestLoses({ heats: noisy })).toBe(whereRequestLoses({ heats }));
});

test('a heat that is not through says nothing', () => {
  const running = heat(1_000_000, lane(1, 1, 'running'), lane(4, 12));
  expect(whereRequestLoses({ heats: [...heats, running] })).toBe(whereRequestLoses({ heats }));
  expect(sentenceOf({ heats: [running], crashes: [], stage: null })).toBe('Nothing was raced.');
});

test('times have as many digits as mean something', () => {
  expect([0.123, 3.71, 42.4, 112.6, 1_034, null, Number.NaN].map(time)).toEqual([
    '0.12 ms',
    '3.7 ms',
    '42 ms',
    '113 ms',
    '1.03 s',
    '–',
    '–',
  ]);
});
