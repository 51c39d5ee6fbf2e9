import { join } from 'node:path';
import { onRedis } from '#broker/conformance/bullmq-fixture.ts';
import { purge } from '#broker/conformance/rabbitmq-fixture.ts';
import { onSqs } from '#broker/conformance/sqs-fixture.ts';
import type { BrokerName } from '#broker/variables.ts';
import type { Log } from '#dev/log.ts';
import { startPostgres } from '#dev/postgres.ts';
import { installRabbitmq, startRabbitmq } from '#dev/rabbitmq.ts';
import { type RedisRole, startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { DATABASE } from '#dev/servers.ts';
import { SQS_QUIET, SQS_VISITOR, startSqs } from '#dev/sqs.ts';
import { ControlledProcess, type Died } from './controlled-process.ts';

export type ServerName = 'postgres' | RedisRole;

export type ControlledServer = ControlledProcess<Server>;

/** The three servers. Each comes back on its own port. The server of the queue is that of the broker. */
export type ControlledServers = Record<ServerName, ControlledServer> & {
  /** Loses every message, waiting or in hand, while the queue goes on answering. */
  emptyQueue(): Promise<void>;
};

type Options = { broker: BrokerName; dataDir: string; died: Died; log: Log };

/** Starts them, as `npm start` does, in a folder of their own. */
export async function startControlledServers(options: Options): Promise<ControlledServers> {
  const { broker, dataDir, died, log } = options;
  const start = async (name: ServerName, startServer: (port?: number) => Promise<Server>) => {
    let port: number | undefined;
    const launch = async () => {
      const server = await startServer(port);
      port = server.port;
      return server;
    };
    return ControlledProcess.start({ name, died, launch });
  };
  // The server is durable. Each session decides what a crash of Postgres may take back, as in production.
  const database = { dataDir, database: DATABASE, durable: true, log };
  const queue = await start('queue', (port) => QUEUE_SERVERS[broker].start({ dataDir, port }));
  return {
    queue,
    postgres: await start('postgres', (port) => startPostgres({ ...database, port })),
    timelines: await start('timelines', (port) => startRedis({ role: 'timelines', dataDir, port })),
    emptyQueue: () => QUEUE_SERVERS[broker].empty(queue.running.url),
  };
}

/** The file that the timeline store saves to and starts from. */
export const snapshotFile = (dataDir: string): string => join(dataDir, 'timelines', 'dump.rdb');

type QueueServerOptions = {
  dataDir: string;
  port?: number | undefined;
  /** Megabytes beyond which it takes no more messages; the stand-in for SQS knows no bound. */
  memoryMb?: number | undefined;
};

/** The server that carries the queue, for one broker. */
type QueueServer = {
  start(options: QueueServerOptions): Promise<Server>;
  /** The variables by which web and workers find it. */
  variables(url: string): Record<string, string>;
  empty(url: string): Promise<void>;
  /** What a fault means on this broker and on no other, or why it cannot happen here. */
  differs: string[];
};

export const QUEUE_SERVERS: Record<BrokerName, QueueServer> = {
  bullmq: {
    start: (options) => startRedis({ role: 'queue', ...options }),
    variables: (url) => ({ BROKER: 'bullmq', QUEUE_REDIS_URL: url }),
    empty: (url) => onRedis(url, (admin) => admin.flushall()),
    differs: [],
  },
  rabbitmq: {
    start: async (options) => {
      installRabbitmq();
      return startRabbitmq(options);
    },
    variables: (url) => ({ BROKER: 'rabbitmq', RABBITMQ_URL: url }),
    empty: purge,
    differs: [
      'RabbitMQ is one node: losing one of three, which it survives without a pause, is not caused here.',
      'queue emptied: a purge takes what waits. What is in hand is acknowledged later, or comes again.',
    ],
  },
  sqs: {
    start: async (options) => {
      // The SDK of this process and of its children reads them from the environment.
      Object.assign(process.env, { ...SQS_VISITOR, ...SQS_QUIET });
      return startSqs(options);
    },
    variables: (url) => ({
      ...{ BROKER: 'sqs', AWS_REGION: SQS_VISITOR.AWS_REGION },
      ...{ SQS_ENDPOINT: url, SQS_QUEUE_PREFIX: 'chaos' },
    }),
    empty: (url) =>
      onSqs(url, async (admin) => {
        const { QueueUrls = [] } = await admin.listQueues();
        await Promise.all(QueueUrls.map((QueueUrl) => admin.purgeQueue({ QueueUrl })));
      }),
    differs: [
      'SQS is fauxqs, which keeps its messages in memory: queue killed and queue restarted empty it as well, and ' +
        'take its queues along. Amazon has no server that one could kill.',
    ],
  },
};
