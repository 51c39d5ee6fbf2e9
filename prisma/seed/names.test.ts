import { expect, test } from 'vitest';
import { firstNames, lastNames } from './names.ts';

test.each([
  { list: 'first', names: firstNames },
  { list: 'last', names: lastNames },
])('$list names differ in their letters and leave room for a number in the handle', ({ names }) => {
  const letters = names.map((name) => name.letters);
  expect(new Set(letters).size).toBe(letters.length);
  expect(letters.filter((each) => each.length < 2 || each.length > 6)).toEqual([]);
});
