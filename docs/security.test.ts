import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '#dev/paths.ts';

/** SECURITY.md names a test for every threat, by its file and its title. */

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

const rows = read('SECURITY.md')
  .split('\n')
  .filter((line) => /^\| .*\.(test|spec)\.ts/.test(line));

test('every threat has a test, and every test that is named exists under that name', () => {
  expect(rows.length).toBeGreaterThan(30);
  const named = rows.flatMap((row) => {
    const tests = [...row.matchAll(/\[`([^`]+)`\]\([^)]+\) “([^”]+)”/g)];
    return tests.map(([, file = '', title = '']) => ({ file, title }));
  });
  expect(named.length).toBeGreaterThanOrEqual(rows.length);
  expect(named.filter(({ file, title }) => !isThere(file, title))).toEqual([]);
});

test('a row without a test, or whose test goes by another name, would be found', () => {
  const here = 'docs/security.test.ts';
  expect(isThere(here, 'a row without a test, or whose test goes by another name, would be found')).toBe(
    true,
  );
  expect(isThere(here, 'another name')).toBe(false);
  expect(isThere('docs/nowhere.test.ts', 'another name')).toBe(false);
});

/** A title stands in the code as the first argument of a test, whichever quotes it has. */
function isThere(file: string, title: string): boolean {
  if (!existsSync(join(ROOT, file))) return false;
  const literal = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const call = String.raw`\b(?:it|test)(?:\.\w+)*(?:\([\s\S]*?\))?\(\s*`;
  return new RegExp(`${call}(['"\`])${literal}\\1`).test(read(file));
}
