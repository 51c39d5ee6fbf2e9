import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '#dev/paths.ts';
import { KIND_NAMES } from '#lab/faults/kinds.ts';
import { sumOf } from '#lab/harness/statistics.ts';
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

test('README and figures name as many kinds of fault as were made 200 times in the recorded runs', () => {
  const { runs } = readRecord().before;
  const counts = KIND_NAMES.map((kind) => sumOf(runs, ({ faults }) => faults[kind] ?? 0));
  const often = counts.filter((count) => count >= 200).length;
  const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
  expect(read('README.md')).toContain(`after 200 of each of ${often} kinds of fault`);
  expect(read('docs/figures.md')).toMatch(
    new RegExp(`of fault, of ${counts.length}, that .* more than 200 times each \\| ${often} `),
  );
});

test('no recorded recovery took longer than it may', () => {
  const { recoveries } = readRecord().before;
  const all = recoveries.flatMap((broker) => broker.recoveries);
  expect(all.filter(({ longestMs, goalMs }) => longestMs > goalMs)).toEqual([]);
});
