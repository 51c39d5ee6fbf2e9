import { join } from 'node:path';
import type { BrokerConfig, BrokerName } from '#broker/variables.ts';
import type { Log } from '#dev/log.ts';
import { startPostgres } from '#dev/postgres.ts';
import { type RedisRole, startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { DATABASE } from '#dev/servers.ts';
import { Part, type PartOptions } from './part.ts';
import { QUEUE_SERVERS } from './queue-servers.ts';

export type ServerName = 'postgres' | RedisRole;

export type ServerUrls = Record<ServerName, string>;

/** The three servers, each of which comes back on its own port; the queue's is that of the broker. */
export type ServerParts = Record<ServerName, Part> & {
  urls: ServerUrls;
  ports: Record<ServerName, number>;
  /** The variables for a queue at this URL. */
  brokerAt(url: string): BrokerConfig;
  emptyQueue(): Promise<void>;
};

export type ServersOptions = {
  broker: BrokerName;
  dataDir: string;
  died: PartOptions['died'];
  log: Log;
};

/** Starts them, as `npm start` does, in a folder of their own. */
export async function startServerParts({ broker, dataDir, died, log }: ServersOptions): Promise<ServerParts> {
  const behind = QUEUE_SERVERS[broker];
  // Durable: what a crash of Postgres may take back is decided by each session, as in production.
  const postgres = await keep('postgres', died, (port) =>
    startPostgres({ dataDir, database: DATABASE, durable: true, log, port }),
  );
  const queue = await keep('queue', died, (port) => behind.start({ dataDir, port }));
  const timelines = await keep('timelines', died, (port) => startRedis({ role: 'timelines', dataDir, port }));
  return {
    postgres: postgres.part,
    queue: queue.part,
    timelines: timelines.part,
    urls: { postgres: postgres.url, queue: queue.url, timelines: timelines.url },
    ports: { postgres: postgres.port, queue: queue.port, timelines: timelines.port },
    brokerAt: (url) => behind.config(url),
    emptyQueue: () => behind.empty(queue.url),
  };
}

/** The file that the timeline store saves to and starts from. */
export const snapshotFile = (dataDir: string): string => join(dataDir, 'timelines', 'dump.rdb');

async function keep(name: ServerName, died: PartOptions['died'], start: (port?: number) => Promise<Server>) {
  let first: Server | undefined;
  const part = new Part({
    name,
    died,
    launch: async () => {
      const server = await start(first?.port);
      first ??= server;
      return server;
    },
  });
  await part.start();
  if (!first) throw new Error(`Expected ${name} to have started`);
  return { part, url: first.url, port: first.port };
}
