import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startProgram } from './program.ts';
import { openTempFolder } from './temp-folder.ts';

/** Starts a program that prints one word into a file, and returns what the file holds at its end. */
async function print(word: string, file: string): Promise<string> {
  await startProgram({ name: 'echo', command: 'echo', args: [word], output: { file } }).exited;
  return readFileSync(file, 'utf8');
}

test('what a program prints is added to what was printed before, and a large file is begun anew', async ({
  onTestFinished,
}) => {
  const folder = openTempFolder('program');
  onTestFinished(() => folder.remove());
  const file = join(folder.dir, 'output.log');
  await print('once', file);
  expect(await print('again', file)).toBe('once\nagain\n');
  expect(existsSync(`${file}.old`)).toBe(false);
  for (const letter of ['a', 'b']) {
    writeFileSync(file, letter.repeat(11 * 1024 ** 2));
    expect(await print('new', file)).toBe('new\n');
    expect(readFileSync(`${file}.old`, 'utf8').at(0)).toBe(letter);
  }
});
