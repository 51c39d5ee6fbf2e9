import { expect, it } from 'vitest';
import { type Minute, type Moment, remember } from './minute.ts';

const at = (ms: number): Moment => ({
  ...{ at: ms, backlog: 1, taken: 2, limit: 3 },
  ...{ arrivals: null, completions: null },
});

const remembered = (times: number[]) =>
  times.reduce<Minute>((minute, ms) => remember(minute, at(ms)), []).map((moment) => moment.at);

it('remembers a minute, each moment once and in order', () => {
  expect(remembered([1_000, 1_100, 1_100, 900, 61_050])).toEqual([1_100, 61_050]);
});

it('is as long as a minute, however long somebody samples', () => {
  const twiceASecond = Array.from({ length: 3_000 }, (_, n) => n * 500);
  expect(remembered(twiceASecond)).toHaveLength(121);
});
