import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from './paths.ts';
import { openTempFolder } from './temp-folder.ts';

const folder = openTempFolder('compile');
const TO = '.compiled';
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: folder.dir, encoding: 'utf8', stdio: 'pipe' });

const SOURCES = {
  'package.json': JSON.stringify({ type: 'module', imports: { '#*': './*' } }),
  'one/main.ts': `
import { readFileSync } from 'node:fs';
import { nodeArgs, ROOT } from '#dev/paths.ts';
import type { Word } from './word.ts';
import { word } from './word.ts';
const { two } = await import('#one/two.tsx');
const said: Word = word;
console.log(JSON.stringify([said, two, readFileSync(new URL('./text.lua', import.meta.url), 'utf8'), ROOT, nodeArgs('one/main.ts')]));
if (process.argv[2]) throw new Error(process.argv[2]);
`,
  'one/word.ts': `export type Word = string;\nexport const word: Word = 'word';\n`,
  'one/two.tsx': `export const two = 2 as const;\n`,
  'one/text.lua': `return 1`,
  'one/word.test.ts': `throw new Error('a test');\n`,
};

beforeAll(() => {
  for (const [name, text] of Object.entries(SOURCES)) {
    mkdirSync(dirname(join(folder.dir, name)), { recursive: true });
    writeFileSync(join(folder.dir, name), text);
  }
  symlinkSync(join(ROOT, 'dev'), join(folder.dir, 'dev'));
  node(join(ROOT, 'dev/compile.mjs'), TO, 'one', 'dev');
});
afterAll(() => folder.remove());

test('a program that was compiled finds its files, the folder of its sources, and how to start another one', () => {
  const [word, two, text, root, args] = JSON.parse(node(join(TO, 'one/main.js')));
  expect([word, two, text, root]).toEqual(['word', 2, 'return 1', folder.dir]);
  expect(args).toEqual(['--enable-source-maps', join(TO, 'one/main.js')]);
});

test('an error names the line of the source', () => {
  const run = () => node('--enable-source-maps', join(TO, 'one/main.js'), 'something');
  expect(run).toThrow(`${join(folder.dir, 'one/main.ts')}:9`);
});

test('what has no source any more is gone the next time', () => {
  writeFileSync(join(folder.dir, 'one/old.sql'), '');
  node(join(ROOT, 'dev/compile.mjs'), TO, 'one', 'dev');
  expect(existsSync(join(folder.dir, TO, 'one/old.sql'))).toBe(true);
  rmSync(join(folder.dir, 'one/old.sql'));
  node(join(ROOT, 'dev/compile.mjs'), TO, 'one', 'dev');
  expect(existsSync(join(folder.dir, TO, 'one/old.sql'))).toBe(false);
});

test('tests are left out', () => {
  expect(existsSync(join(folder.dir, TO, 'one/word.js'))).toBe(true);
  expect(existsSync(join(folder.dir, TO, 'one/word.test.js'))).toBe(false);
});
