import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { theApp } from './processes.ts';

// By its name this is the last walkthrough. So the logs hold all that the others broke, and what was said about it.

test('passwords stand in the command line of no process of the running application, and in no log', () => {
  const { dataDir, databaseUrl, queueRedisUrl, timelineRedisUrl } = theApp();
  const commandLines = spawnSync('ps', ['-eww', '-o', 'args'], { encoding: 'utf8' }).stdout;
  expect(commandLines).toContain('.compiled/worker/main.js');
  const logs = readdirSync(dataDir)
    .filter((name) => name.endsWith('.log'))
    .map((name) => readFileSync(join(dataDir, name), 'utf8'))
    .join('\n');
  expect(logs).toContain('takes deliveries'); // the application's own log is there, beside those of the servers
  for (const url of [databaseUrl, queueRedisUrl, timelineRedisUrl]) {
    const { password } = new URL(url);
    expect(password).toMatch(/^.{16,}$/);
    expect(commandLines).not.toContain(password);
    expect(logs).not.toContain(password);
  }
});
