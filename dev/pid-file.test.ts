import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { livePid, stopLeftover, writePidFile } from './pid-file.ts';
import { type Running, startProgram } from './program.ts';
import { openTempFolder } from './temp-folder.ts';

let folder: ReturnType<typeof openTempFolder>;
let program: Running;

beforeEach(() => {
  folder = openTempFolder('pid-file');
  program = startProgram({
    name: 'sleeper',
    command: process.execPath,
    args: ['-e', 'setInterval(() => {}, 1e6)'],
    output: () => {},
  });
});

afterEach(async () => {
  await program.stop(0);
  folder.remove();
});

test('a process that was left running is found and stopped', async () => {
  const file = join(folder.dir, 'sleeper');
  writePidFile(file, program.pid);
  expect(livePid(file)).toBe(program.pid);
  expect(await stopLeftover(file)).toBe(true);
  expect(await program.exited).toEqual({ code: null, signal: 'SIGTERM' });
});

test('a stranger that got the same pid is left alone', async () => {
  const file = join(folder.dir, 'sleeper');
  writeFileSync(file, `${program.pid}\n1\nSIGTERM\n`);
  expect(livePid(file)).toBeUndefined();
  expect(await stopLeftover(file)).toBe(false);
  expect(process.kill(program.pid, 0)).toBe(true);
});

test('a process that has ended is not running', async () => {
  const file = join(folder.dir, 'sleeper');
  writePidFile(file, program.pid);
  await program.stop(5_000);
  expect(livePid(file)).toBeUndefined();
});
