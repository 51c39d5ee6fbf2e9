import { expect, test } from 'vitest';
import { exampleView } from './example-view.test-data.ts';
import { type History, remember } from './use-console.ts';

const at = (second: number) =>
  exampleView({ at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString() });

test('the charts keep the last minute', () => {
  let history: History = [];
  for (const second of [0, 30, 60, 61]) history = remember(history, at(second));
  expect(history.map((moment) => new Date(moment.at).getUTCSeconds() || 60)).toEqual([30, 60, 1]);
});

test('a sample that comes again, or late, changes nothing', () => {
  const history = remember(remember([], at(1)), at(2));
  expect(remember(history, at(2))).toBe(history);
  expect(remember(history, at(1))).toBe(history);
});
