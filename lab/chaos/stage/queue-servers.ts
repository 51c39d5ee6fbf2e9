import { onRedis } from '#broker/conformance/bullmq-fixture.ts';
import { purge } from '#broker/conformance/rabbitmq-fixture.ts';
import { onSqs } from '#broker/conformance/sqs-fixture.ts';
import type { BrokerConfig, BrokerName } from '#broker/variables.ts';
import { installRabbitmq, startRabbitmq } from '#dev/rabbitmq.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { SQS_QUIET, SQS_VISITOR, startSqs } from '#dev/sqs.ts';

/** The server that carries the queue of a stage, whichever broker that is. */
export type QueueServer = {
  start(options: { dataDir: string; port?: number | undefined }): Promise<Server>;
  /** The variables by which web and workers find it. */
  config(url: string): BrokerConfig;
  /** Every message is gone, waiting or in hand, while it goes on answering. */
  empty(url: string): Promise<void>;
  /** What a fault means here that it does not mean elsewhere, or cannot be here, and why. */
  differs: string[];
};

/** One for each broker. */
export const QUEUE_SERVERS: Record<BrokerName, QueueServer> = {
  bullmq: {
    start: (options) => startRedis({ role: 'queue', ...options }),
    config: (url) => ({ BROKER: 'bullmq', QUEUE_REDIS_URL: url }),
    empty: (url) => onRedis(url, (admin) => admin.flushall()),
    differs: [],
  },
  rabbitmq: {
    start: async (options) => {
      installRabbitmq();
      return startRabbitmq(options);
    },
    config: (url) => ({ BROKER: 'rabbitmq', RABBITMQ_URL: url }),
    empty: purge,
    differs: [
      'RabbitMQ is one node: losing one of three, which it survives without a pause, is not caused here.',
      'queue emptied: a purge takes what waits. What is in hand is acknowledged later, or comes again.',
    ],
  },
  sqs: {
    start: async (options) => {
      // The SDK of this process and of its children looks for them itself.
      Object.assign(process.env, { ...SQS_VISITOR, ...SQS_QUIET });
      return startSqs(options);
    },
    config: (url) => ({
      BROKER: 'sqs',
      AWS_REGION: SQS_VISITOR.AWS_REGION,
      SQS_ENDPOINT: url,
      SQS_QUEUE_PREFIX: 'chaos',
    }),
    empty: purgeSqs,
    differs: [
      'SQS is fauxqs, which keeps its messages in memory: queue killed and queue restarted empty it as well, and ' +
        'take its queues along. Amazon has no server that one could kill.',
    ],
  },
};

function purgeSqs(url: string): Promise<void> {
  return onSqs(url, async (admin) => {
    const { QueueUrls = [] } = await admin.listQueues();
    await Promise.all(QueueUrls.map((QueueUrl) => admin.purgeQueue({ QueueUrl })));
  });
}
