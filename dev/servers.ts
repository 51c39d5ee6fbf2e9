import { mkdirSync } from 'node:fs';
import { checkStores, type Stores } from '#core/check-stores.ts';
import { SECOND } from '#core/durations.ts';
import { keepRunning, type Supervised } from './keep-running.ts';
import type { Log } from './log.ts';
import { startPostgres } from './postgres.ts';
import { type RedisRole, startRedis } from './redis.ts';
import type { Server } from './server.ts';

export const DATABASE = 'tweet_fanout';

export type ServersOptions = {
  /** Where their data, logs and pid files are. Two sets of servers never share one. */
  dataDir: string;
  /** Servers that run already: they are used, and none is started in their place. */
  given?: Partial<ServerUrls>;
  /** False for tests: commits do not wait for the disk. True by default. */
  durable?: boolean;
  /** Logical Redis databases; 16 by default. */
  redisDatabases?: number;
  /** Bytes that the embedded timeline store may take; half of the machine's memory by default. */
  timelineMemory?: number | undefined;
  /** True when the data are for the next start: a stop then waits until the timelines are saved. False by default. */
  keepsTimelines?: boolean;
  log: Log;
};

const FIRST_LOOK = SECOND; // in which a given Redis has to say what it is; if it is away, the workers ask later

export type ServerUrls = { databaseUrl: string; queueRedisUrl: string; timelineRedisUrl: string };

export type Servers = ServerUrls & {
  /** The servers that were started here, for benches and faults. */
  started: Supervised[];
  /** Stops those that were started here. May be called twice. What is kept is saved, however long that takes. */
  stop(deadlineMs?: number): Promise<void>;
};

/**
 * Starts PostgreSQL and the two Redis servers, each on a free port of 127.0.0.1. One that dies is started again on its
 * port. If one cannot start, the others are stopped before this rejects. When a given Redis is not what its URL
 * says, this throws a ConfigError and starts nothing.
 */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { dataDir, given = {} } = options;
  await checkStores(givenStores(given), { signal: AbortSignal.timeout(FIRST_LOOK), log: options.log });
  mkdirSync(dataDir, { recursive: true });
  const started: Supervised[] = [];
  const stop = async (deadlineMs = 5_000) => {
    await Promise.all(started.map((server) => server.stop(deadlineMs)));
  };
  const supervise = async (start: (port?: number) => Promise<Server>) => {
    const first = await start();
    started.push(keepRunning(first, () => start(first.port), options.log));
    return first.url;
  };
  const urls = await Promise.allSettled([
    given.databaseUrl ?? supervise((port) => postgres(options, port)),
    given.queueRedisUrl ?? supervise((port) => redis(options, 'queue', port)),
    given.timelineRedisUrl ?? supervise((port) => redis(options, 'timelines', port)),
  ]);
  const failed = urls.find((url) => url.status === 'rejected');
  if (failed) await stop();
  const [databaseUrl, queueRedisUrl, timelineRedisUrl] = urls.map((url) => {
    if (url.status === 'rejected') throw url.reason;
    return url.value;
  }) as [string, string, string];
  return { databaseUrl, queueRedisUrl, timelineRedisUrl, started, stop };
}

function givenStores({ queueRedisUrl, timelineRedisUrl }: Partial<ServerUrls>): Stores {
  return { QUEUE_REDIS_URL: queueRedisUrl, TIMELINE_REDIS_URL: timelineRedisUrl };
}

function postgres({ dataDir, durable = true, log }: ServersOptions, port?: number) {
  return startPostgres({ dataDir, database: DATABASE, durable, log, port });
}

function redis(
  { dataDir, redisDatabases = 16, timelineMemory, keepsTimelines, log }: ServersOptions,
  role: RedisRole,
  port?: number,
) {
  const saving = keepsTimelines ? log : undefined;
  return startRedis({ role, dataDir, databases: redisDatabases, timelineMemory, port, saving });
}
