import { join } from 'node:path';
import { onRedis } from '#broker/conformance/bullmq-fixture.ts';
import { purge } from '#broker/conformance/rabbitmq-fixture.ts';
import { onSqs } from '#broker/conformance/sqs-fixture.ts';
import type { BrokerName } from '#broker/variables.ts';
import type { Log } from '#dev/log.ts';
import { startPostgres } from '#dev/postgres.ts';
import { startRabbitmq } from '#dev/rabbitmq.ts';
import { type RedisRole, startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { DATABASE } from '#dev/servers.ts';
import { SQS_QUIET, SQS_VISITOR, startSqs } from '#dev/sqs.ts';
import type { Cleanup } from '#lab/harness/cleanup.ts';
import { prepareNodes } from '#testing/rabbitmq-nodes.ts';
import { ControlledProcess, type Died } from './controlled-process.ts';

export type ServerName = 'postgres' | RedisRole;

export type ControlledServer = ControlledProcess<Server>;

/** The three servers. Each comes back on its own port. The queue's server is the one of the chosen broker. */
export type ControlledServers = Record<ServerName, ControlledServer> & {
  /** The queue's server, and the others of its cluster when it has one. */
  nodes: ControlledServer[];
  /** Removes every message, waiting or in hand, while the queue goes on answering. */
  emptyQueue(): Promise<void>;
};

type Options = {
  broker: BrokerName;
  dataDir: string;
  /** False for a queue on a Redis without an append-only file. */
  appendOnly?: boolean | undefined;
  /** The memory of the queue's server. See {@link QueueServerOptions}. */
  memoryMb?: number | undefined;
  /** True for a queue on three nodes of RabbitMQ. */
  threeNodes?: boolean | undefined;
  died: Died;
  log: Log;
  onEnd: Cleanup['add'];
};

/** Starts them as `npm start` does, in a folder of their own. `onEnd` throws them away. */
export async function startControlledServers(options: Options): Promise<ControlledServers> {
  const { broker, dataDir, died, log, onEnd } = options;
  const start = async (name: string, startServer: (port?: number) => Promise<Server>) => {
    let port: number | undefined;
    const launch = async () => {
      const server = await startServer(port);
      port = server.port;
      return server;
    };
    const server = await ControlledProcess.start({ name, died, launch });
    // Postgres frees its shared memory only when it is asked to end.
    onEnd(() => server.end(name === 'postgres' ? 'SIGQUIT' : 'SIGKILL'));
    return server;
  };
  // The server is durable. As in production, each session decides what a crash of Postgres may take back.
  const database = { dataDir, database: DATABASE, durable: true, fromTemplate: true, log };
  const startQueue = async () => {
    const { launches, together } = await queueLaunches(options);
    const nodes = await Promise.all(
      launches.map((launch, n) => start(n === 0 ? 'queue' : `queue ${n + 1}`, launch)),
    );
    await together();
    return nodes;
  };
  const starting = [
    startQueue(),
    start('timelines', (port) => startRedis({ role: 'timelines', dataDir, port })),
    start('postgres', (port) => startPostgres({ ...database, port })),
  ] as const;
  await Promise.allSettled(starting); // if one fails, the others are there to be thrown away
  const [nodes, timelines, postgres] = await Promise.all(starting);
  const [queue] = nodes;
  if (!queue) throw new Error('Expected a server of the queue, got none');
  const emptyQueue = () => QUEUE_SERVERS[broker].empty(queue.running.url);
  return { queue, nodes, timelines, postgres, emptyQueue };
}

type Launch = (port?: number) => Promise<Server>;
type Launches = { launches: Launch[]; together: () => Promise<void> };

/** How to start the queue's server, or each node of its cluster, and how to wait until the nodes know each other. */
async function queueLaunches({ broker, dataDir, onEnd, ...options }: Options): Promise<Launches> {
  const { appendOnly = true, memoryMb, threeNodes } = options;
  if (threeNodes) {
    const cluster = await prepareNodes(dataDir);
    onEnd(cluster.close);
    return cluster;
  }
  const alone: Launch = (port) => QUEUE_SERVERS[broker].start({ dataDir, port, appendOnly, memoryMb });
  return { launches: [alone], together: async () => {} };
}

/** The file that the timeline store saves to and starts from. */
export const snapshotFile = (dataDir: string): string => join(dataDir, 'timelines', 'dump.rdb');

type QueueServerOptions = {
  dataDir: string;
  port?: number | undefined;
  /** False for a Redis without an append-only file. */
  appendOnly: boolean;
  /** Megabytes beyond which it takes no more messages. The stand-in for SQS has no such bound. */
  memoryMb?: number | undefined;
};

/** The server that carries the queue, for one broker. */
type QueueServer = {
  start(options: QueueServerOptions): Promise<Server>;
  /** The variables by which web and workers find it. */
  variables(url: string): Record<string, string>;
  empty(url: string): Promise<void>;
  /** What a fault means only on this broker, or why it cannot happen here. */
  differs: string[];
};

export const QUEUE_SERVERS: Record<BrokerName, QueueServer> = {
  bullmq: {
    // The Redis of the timelines has no append-only file, and a kill leaves no snapshot either: see dev/redis.ts.
    start: ({ appendOnly, dataDir, ...own }) =>
      appendOnly
        ? startRedis({ role: 'queue', dataDir, ...own })
        : startRedis({ role: 'timelines', dataDir: join(dataDir, 'queue-in-memory'), ...own }),
    variables: (url) => ({ BROKER: 'bullmq', QUEUE_REDIS_URL: url }),
    empty: (url) => onRedis(url, (admin) => admin.flushall()),
    differs: [],
  },
  rabbitmq: {
    start: startRabbitmq,
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
