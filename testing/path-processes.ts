import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import getPort from 'get-port';
import { z } from 'zod';
import type { ServerUrls } from '#dev/servers.ts';

/** A web and a worker process that say which functions of this project ran. */
export type PathProcesses = {
  /** The URL of the web process. */
  url: string;
  /** The functions that ran since the last call, or since the start, as `file:function:offset`. */
  functionsThatRan(): Promise<Set<string>>;
  close(): Promise<void>;
};

/**
 * Starts both as `npm start` does, but without Next's pages. Use a `chunkSize` so small that a few dozen followers make
 * several chunks.
 */
export async function startPathProcesses(servers: ServerUrls, chunkSize: number): Promise<PathProcesses> {
  const port = await getPort();
  const env = {
    ...process.env,
    ...{ DATABASE_URL: servers.databaseUrl, TIMELINE_REDIS_URL: servers.timelineRedisUrl },
    ...{ QUEUE_REDIS_URL: servers.queueRedisUrl, SESSION_SECRET: 'a secret of the tests' },
    ...{ BROKER: 'bullmq', CHUNK_SIZE: String(chunkSize), PORT: String(port) },
    LEAVE_S: '0',
  };
  const web = start(['testing/web-process.ts', String(port)], env);
  const worker = start(['worker/main.ts'], env);
  await once(web, 'message'); // `ready`
  return {
    url: `http://127.0.0.1:${port}`,
    functionsThatRan: async () => new Set((await Promise.all([web, worker].map(ask))).flat()),
    close: async () => void (await Promise.all([web, worker].map(end))),
  };
}

function start(program: string[], env: NodeJS.ProcessEnv): ChildProcess {
  const preloaded = ['--import', 'tsx', '--import', './testing/coverage-probe.ts'];
  return spawn(process.execPath, [...preloaded, ...program], {
    env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
}

const report = z.object({ functions: z.array(z.string()) });

async function ask(child: ChildProcess): Promise<string[]> {
  const answered = once(child, 'message');
  child.send('functions that ran');
  const [message] = await answered;
  return report.parse(message).functions;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
