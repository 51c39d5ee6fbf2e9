import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { startProgram } from './program.ts';
import { openTempFolder, sweepTempFolders } from './temp-folder.ts';

test('what a killed run has left is ended and removed, also what keeps its pid in a folder inside', async () => {
  const place = openTempFolder('sweep');
  onTestFinished(() => place.remove());
  vi.stubEnv('TMPDIR', place.dir);
  onTestFinished(() => void vi.unstubAllEnvs());
  const [killed, running] = [openTempFolder('killed'), openTempFolder('running')];
  writeFileSync(join(killed.dir, 'owner'), `${process.pid}\nat another time\n`);
  const waits = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1e6)'], output: () => {} };
  const start = (dir: string) =>
    startProgram({ name: 'waits', ...waits, pidFile: join(dir, 'queue-in-memory', 'pids', 'timelines') });
  const [left, ours] = [start(killed.dir), start(running.dir)];
  onTestFinished(() => ours.kill());

  await sweepTempFolders();
  expect((await left.exited).signal).toBe('SIGKILL');
  expect([existsSync(killed.dir), existsSync(running.dir)]).toEqual([false, true]);
});
