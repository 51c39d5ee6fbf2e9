import { type ChildProcess, spawn } from 'node:child_process';
import { nodeArgs, ROOT } from '#dev/paths.ts';
import type { ServerUrls } from '#dev/servers.ts';

/** Starts a worker process of this name that never finishes what it takes: see child.ts. */
export function startHangingWorker(name: string, urls: ServerUrls): ChildProcess {
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = urls;
  const given = JSON.stringify({ name, databaseUrl, queueRedisUrl, timelineRedisUrl });
  // Not as an argument: every user of the machine reads those, and these URLs hold passwords.
  return spawn(process.execPath, nodeArgs('testing/hanging-worker/child.ts'), {
    cwd: ROOT,
    env: { ...process.env, HANGING_WORKER: given },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
