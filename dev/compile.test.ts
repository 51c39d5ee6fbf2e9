import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from './paths.ts';
import { openTempFolder } from './temp-folder.ts';

const folder = openTempFolder('compile');
const TO = '.compiled';
const node = (...args: string[]) =>
  execFileSync(process.execPath, args, { cwd: folder.dir, encoding: 'utf8', stdio: 'pipe' });

const compile = () => node(join(ROOT, 'dev/compile.mjs'), TO, 'one', 'dev', '--bundle=one/bundled.ts');

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
  'one/bundled.ts': `
import pg from 'pg';
import { ROOT } from '#dev/paths.ts';
import { word } from './word.ts';
const { SQS } = await import('@aws-sdk/client-sqs');
const thread = new URL('./two.ts', import.meta.url).pathname;
console.log(JSON.stringify([word, typeof pg.Pool, typeof SQS, thread, ROOT]));
if (process.argv[2]) throw new Error(process.argv[2]);
`,
  'one/two.tsx': `export const two = 2 as const;\n`,
  'one/text.lua': `return 1`,
  'one/word.test.ts': `throw new Error('a test');\n`,
};

beforeAll(() => {
  for (const [name, text] of Object.entries(SOURCES)) {
    mkdirSync(dirname(join(folder.dir, name)), { recursive: true });
    writeFileSync(join(folder.dir, name), text);
  }
  cpSync(join(ROOT, 'dev/paths.ts'), join(folder.dir, 'dev/paths.ts'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder.dir, 'node_modules'));
  compile();
});
afterAll(() => folder.remove());

test('a program that was compiled finds its files, the folder of its sources, and how to start another one', () => {
  const [word, two, text, root, args] = JSON.parse(node(join(TO, 'one/main.js')));
  expect([word, two, text, root]).toEqual(['word', 2, 'return 1', folder.dir]);
  expect(args).toEqual(['--enable-source-maps', join(TO, 'one/main.js')]);
});
test('a bundled program has its packages with it, loads others when it needs them, and finds its files', () => {
  const [word, pool, sqs, thread, root] = JSON.parse(node(join(TO, 'one/bundled.js')));
  expect([word, pool, sqs, root]).toEqual(['word', 'function', 'function', folder.dir]);
  expect(thread).toBe(join(folder.dir, TO, 'one/two.js'));
  expect(readFileSync(join(folder.dir, TO, 'bundled/one-bundled.js'), 'utf8')).not.toMatch(/from ["']pg["']/);
});
