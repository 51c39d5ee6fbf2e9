import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './paths.ts';
import { pidFileOf, stopLeftover } from './pid-file.ts';
import { ask } from './ports.ts';
import { startProgram } from './program.ts';
import { onFreePort, type Server, untilReady } from './server.ts';
import { StartError } from './start-error.ts';

export type SqsOptions = {
  /** Its log and pid file are there. It keeps its messages in memory. */
  dataDir: string;
  /** Chosen when missing. */
  port?: number | undefined;
};

/**
 * Starts fauxqs from npm on 127.0.0.1. It stands in for Amazon SQS and speaks its current protocol. Its messages are
 * lost when its process ends; Amazon keeps them.
 */
export async function startSqs({ dataDir, port }: SqsOptions): Promise<Server> {
  requireSqs();
  await stopLeftover(pidFileOf(dataDir, 'sqs'));
  const start = (on: number) => startOn(dataDir, on);
  return port ? start(port) : onFreePort(start);
}

/** Throws {@link StartError} where the stand-in is not installed. */
export function requireSqs(): void {
  if (!existsSync(join(ROOT, 'node_modules/fauxqs'))) throw notInstalled();
}

/** Region and key for a client of the stand-in. It asks for some and checks none. */
export const SQS_VISITOR = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
};

/** Turns off a warning of the SDK: its next major version will not support this version of Node. */
export const SQS_QUIET = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };

async function startOn(dataDir: string, port: number): Promise<Server> {
  const logFile = join(dataDir, 'sqs.log');
  const running = startProgram({
    name: 'sqs',
    command: process.execPath,
    args: ['dev/sqs-server.mjs', String(port)],
    cwd: ROOT,
    env: { ...process.env, ...SQS_QUIET },
    output: { file: logFile },
    pidFile: pidFileOf(dataDir, 'sqs'),
  });
  await untilReady(running, () => ask(port, 'GET /health HTTP/1.0\r\n\r\n'), logFile);
  return { ...running, port, url: `http://127.0.0.1:${port}` };
}

function notInstalled(): StartError {
  return new StartError(
    'fauxqs, the stand-in for Amazon SQS, is not installed: it is a development dependency.',
    'Install it with `npm ci --include=dev`, or name a server: SQS_ENDPOINT=http://… or the usual AWS variables.',
  );
}
