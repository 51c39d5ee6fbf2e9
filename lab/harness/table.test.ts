import { expect, test } from 'vitest';
import { layOut, significant, time } from './table.ts';

test('a table aligns words to the left, figures to the right, and puts its notes below', () => {
  const text = layOut({
    title: 'Two ways',
    head: ['way', 'median'],
    rows: [
      ['ours', '1.31 s'],
      ['one job a follower', '12.5 s'],
    ],
    notes: ['measured on a sample'],
  });
  expect(text.split('\n')).toEqual([
    'Two ways',
    '',
    'way                 median',
    '──────────────────  ──────',
    'ours                1.31 s',
    'one job a follower  12.5 s',
    '* measured on a sample',
  ]);
});

test('figures keep three digits and never more than were measured', () => {
  expect(time(1.3084, 's')).toBe('1.31 s');
  expect(time(7, 'ms')).toBe('7.00 ms');
  expect(significant(763_358.8)).toBe('763,359');
  expect(significant(0.8)).toBe('0.800');
});
