import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { theApp } from './processes.ts';

test('passwords stand in the command line of no process of the running application, and in no log', () => {
  const { dataDir, databaseUrl, queueRedisUrl, timelineRedisUrl } = theApp();
  const passwords = [databaseUrl, queueRedisUrl, timelineRedisUrl].map((url) => new URL(url).password);
  const commandLines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readIfThere(join('/proc', pid, 'cmdline')));
  expect(commandLines.filter((line) => line.includes('worker/main.ts')).length).toBeGreaterThan(0);
  const logs = readdirSync(dataDir)
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(dataDir, name), 'utf8'));
  expect(logs.length).toBeGreaterThan(0);
  for (const password of passwords) {
    expect(password).toMatch(/^.{16,}$/);
    expect([...commandLines, ...logs].filter((text) => text.includes(password))).toEqual([]);
  }
});

/** Nothing of a process that has ended meanwhile. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
