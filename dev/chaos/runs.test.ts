import { expect, test } from 'vitest';
import { readRecord, tables } from './runs.ts';

test('the tables of docs/faults.md are those of the recorded runs', () => {
  const { runs, document } = readRecord();
  expect(document).toContain(tables(runs));
});

test('no recorded run lost a tweet, delivered one twice or showed a hole', () => {
  const found = readRecord().runs.filter((run) => Object.values(run.found).some((count) => count > 0));
  expect(found).toEqual([]);
});
