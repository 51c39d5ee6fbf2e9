import { join } from 'node:path';
import { ROOT } from '#dev/paths.ts';
import { freePort, until } from '#dev/ports.ts';
import { startProgram } from '#dev/program.ts';
import type { Run } from '#lab/harness/run-bench.ts';
import type { Application } from '#lab/stage/application.ts';

/** Starts limits-process.ts beside the application. Resolves with its URL. `run.onEnd` stops it. */
export async function startLimits(
  { timelineRedisUrl }: Pick<Application, 'timelineRedisUrl'>,
  { env, log, onEnd }: Pick<Run, 'env' | 'log' | 'onEnd'>,
): Promise<string> {
  const port = await freePort();
  const file = join(ROOT, 'lab/bench/read/limits-process.ts');
  const limits = startProgram({
    name: 'limits',
    command: process.execPath,
    args: ['--import', 'tsx', file, `${port}`],
    cwd: ROOT,
    // The URL holds a password, and every user of the machine reads arguments.
    env: { ...env, NODE_ENV: 'production', TIMELINE_REDIS_URL: timelineRedisUrl },
    output: log,
  });
  onEnd(async () => void (await limits.stop(2_000)));
  const url = `http://127.0.0.1:${port}`;
  await until(() => fetch(url), 15_000); // any answer is one
  return url;
}
