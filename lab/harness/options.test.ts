import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

const defaults = { followers: 1_000_000, runs: 5 };

test('sizes have defaults, and the command line changes them', () => {
  expect(readOptions([], defaults)).toEqual({
    json: false,
    check: false,
    record: false,
    sizes: defaults,
    words: {},
  });
  expect(readOptions(['--json', '--followers', '20000', '--check'], defaults)).toEqual({
    json: true,
    check: true,
    record: false,
    sizes: { followers: 20_000, runs: 5 },
    words: {},
  });
});

test('words have defaults too', () => {
  expect(readOptions([], defaults, { ref: 'HEAD' }).words).toEqual({ ref: 'HEAD' });
  expect(readOptions(['--ref', 'main'], defaults, { ref: 'HEAD' }).words).toEqual({ ref: 'main' });
});

test('an option that is unknown or no number is named', () => {
  expect(() => readOptions(['--folowers', '5'], defaults)).toThrow('--folowers');
  expect(() => readOptions(['--runs', 'many'], defaults)).toThrow(
    '--runs: expected a whole number above 0, got many',
  );
});
