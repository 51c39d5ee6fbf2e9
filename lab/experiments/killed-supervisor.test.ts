import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { livePid, pidFileOf } from '#dev/pid-file.ts';
import { until } from '#dev/ports.ts';
import { postgresFolders } from '#dev/postgres-home.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { scriptCommand } from '#lab/stage/start-script.ts';

const PATIENT = { timeout: 120_000 };
const LONG = 90_000; // ms for building a stage while tests keep the machine busy
const SOON = 15_000;

test(
  'when the supervisor is killed in the middle of a run, nothing of its stage is left',
  PATIENT,
  async () => {
    const folder = openTempFolder('killed');
    const { command, args, cwd } = scriptCommand('testing/supervisor-process.ts', 'without-receipt');
    const env = { ...process.env, TMPDIR: folder.dir };
    const supervisor = spawn(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const stages = () => readdirSync(folder.dir).filter((name) => name.startsWith('tweet-fanout-stage'));
    const dir = () => join(folder.dir, stages()[0] ?? 'none');
    const pidOf = (name: string) => livePid(pidFileOf(dir(), name)) ?? expect.fail(`Expected ${name} to run`);
    await until(async () => pidOf('web'), LONG); // when the web runs, everything else does too
    const built = dir();
    const pids = ['web', 'postgres', 'queue', 'timelines', 'worker A', 'worker B'].map(pidOf);
    const experiment = livePid(join(built, 'owner')) ?? 0;

    supervisor.kill('SIGKILL');
    await until(async () => expect([experiment, ...pids].filter(isThere)).toEqual([]), SOON);
    await until(async () => expect(stages()).toEqual([]), SOON);
    expect(postgresFolders(built).filter((each) => existsSync(each))).toEqual([]);
    folder.remove();
  },
);

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
