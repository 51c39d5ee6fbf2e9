import { SQS } from '@aws-sdk/client-sqs';
import { freePort } from '#dev/ports.ts';
import { SQS_QUIET, SQS_VISITOR, startSqs } from '#dev/sqs.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import type { Fixture, TestServer } from './fixture.ts';

const REGION = SQS_VISITOR.AWS_REGION;
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
  // The children of the tests inherit them.
  Object.assign(process.env, { ...SQS_VISITOR, ...SQS_QUIET });
  const folder = openTempFolder('conformance-sqs');
  let server = await startSqs({ dataDir: folder.dir });
  const { port, url } = server;
  return {
    url,
    config: configOf(url),
    async kill() {
      server.kill();
      await server.exited;
    },
    async restart() {
      server = await startSqs({ dataDir: folder.dir, port });
    },
    empty: () => deleteQueues(url),
    deleteQueue: () => deleteQueues(url),
    async stop() {
      await server.stop(2_000);
      folder.remove();
    },
  };
}

function deleteQueues(url: string): Promise<void> {
  return onSqs(url, async (admin) => {
    const { QueueUrls = [] } = await admin.listQueues();
    await Promise.all(QueueUrls.map((QueueUrl) => admin.deleteQueue({ QueueUrl })));
  });
}

/** Asks it as its administrator. */
export async function onSqs<T>(url: string, act: (admin: SQS) => Promise<T>): Promise<T> {
  const admin = new SQS({ region: REGION, endpoint: url, useQueueUrlAsEndpoint: false });
  return act(admin).finally(() => admin.destroy());
}

const configOf = (url: string) => ({
  BROKER: 'sqs' as const,
  AWS_REGION: REGION,
  SQS_ENDPOINT: url,
  SQS_QUEUE_PREFIX: 'conformance',
});
