import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SQS } from '@aws-sdk/client-sqs';
import { ask, freePort } from '#dev/ports.ts';
import { type Running, startProgram } from '#dev/program.ts';
import { untilReady } from '#dev/server.ts';
import type { Fixture, TestServer } from './fixture.ts';

const REGION = 'us-east-1';
const IN_MEMORY = 'this stand-in for Amazon keeps its messages in memory: they end with its process';
const NO_KEYS = 'standard queues do not compare messages; the chunk receipt absorbs the second';

/** SQS on fauxqs, which speaks Amazon's protocol of today. */
export const sqs: Fixture = {
  name: 'SQS',
  start,
  mistakes: [
    {
      name: 'a queue that exists with other attributes',
      make: async (url) => {
        await onSqs(url, (admin) =>
          admin.createQueue({ QueueName: 'taken-fan-out', Attributes: { VisibilityTimeout: '1' } }),
        );
        return { ...configOf(url), SQS_QUEUE_PREFIX: 'taken' };
      },
      says: /SQS_QUEUE_PREFIX/,
    },
    {
      name: 'a port where nobody listens',
      make: async () => configOf(`http://127.0.0.1:${await freePort()}`),
      says: /SQS_ENDPOINT.*ECONNREFUSED/,
    },
  ],
  gaps: [
    { reason: NO_KEYS, tests: ['a key that is already waiting is not added again'] },
    {
      reason: IN_MEMORY,
      tests: [
        'messages survive the kill of the server',
        'what was in flight when the server was killed is not lost',
      ],
    },
  ],
};

async function start(): Promise<TestServer> {
  // The children of the tests inherit them; nobody checks them here.
  process.env.AWS_ACCESS_KEY_ID ??= 'none';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'none';
  // Once a process, about a Node that we support and the next major version of the SDK will not.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const dir = await mkdtemp(join(tmpdir(), 'conformance-sqs-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let server = await startServer(dir, port);
  return {
    url,
    config: configOf(url),
    async kill() {
      server.kill();
      await server.exited;
    },
    async restart() {
      server = await startServer(dir, port);
    },
    empty: () => deleteQueues(url),
    async stop() {
      await server.stop(2_000);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function startServer(dir: string, port: number): Promise<Running> {
  const program = `import { startFauxqs } from 'fauxqs'; await startFauxqs({ port: ${port}, logger: false });`;
  const logFile = join(dir, 'fauxqs.log');
  const running = startProgram({
    name: 'fauxqs',
    command: process.execPath,
    args: ['--input-type=module', '--eval', program],
    output: { file: logFile },
  });
  await untilReady(running, () => ask(port, 'GET /health HTTP/1.0\r\n\r\n'), logFile);
  return running;
}

function deleteQueues(url: string): Promise<void> {
  return onSqs(url, async (admin) => {
    const { QueueUrls = [] } = await admin.listQueues();
    await Promise.all(QueueUrls.map((QueueUrl) => admin.deleteQueue({ QueueUrl })));
  });
}

async function onSqs(url: string, act: (admin: SQS) => Promise<unknown>): Promise<void> {
  const admin = new SQS({ region: REGION, endpoint: url, useQueueUrlAsEndpoint: false });
  await act(admin).finally(() => admin.destroy());
}

const configOf = (url: string) => ({
  BROKER: 'sqs' as const,
  AWS_REGION: REGION,
  SQS_ENDPOINT: url,
  SQS_QUEUE_PREFIX: 'conformance',
});
