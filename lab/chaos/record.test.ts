import { expect, test } from 'vitest';
import { readRecord } from './record.ts';
import { sections } from './recorded.ts';

test('the tables of docs/faults.md are those of the recorded runs', () => {
  const { before, document } = readRecord();
  for (const table of Object.values(sections(before))) expect(document).toContain(table);
});

test('no recorded run lost a tweet, delivered one twice or showed a hole', () => {
  const { runs } = readRecord().before;
  expect(runs.filter((run) => Object.values(run.found).some((count) => count > 0))).toEqual([]);
});

test('no recorded recovery took longer than it may', () => {
  const { recoveries } = readRecord().before;
  const all = recoveries.flatMap((broker) => broker.recoveries);
  expect(all.filter(({ longestMs, goalMs }) => longestMs > goalMs)).toEqual([]);
});
