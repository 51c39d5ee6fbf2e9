import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { doubled } from '#core/backoff.ts';
import { SECOND } from '#core/durations.ts';
import { clusterNodes } from '#core/store-url.ts';
import { BrokerAway } from './port.ts';

/** The options of ioredis, without the one that would change the type of every reply. */
type ConnectOptions = Omit<RedisOptions, 'replyMapping'>;

const RECONNECT: ConnectOptions = {
  connectTimeout: 2 * SECOND,
  retryStrategy: (tries) => doubled({ baseMs: 50, capMs: SECOND }, tries),
};
/** Rejects at once while Redis is away, and within 2 s when it is there and silent. */
const FAIL_FAST: ConnectOptions = {
  ...RECONNECT,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 2 * SECOND,
  socketTimeout: 2 * SECOND,
};
/**
 * A worker waits for Redis through any outage. It asks for a message and waits up to 10 s for the answer. A connection
 * that is silent for 15 s is dead, and a new one is made.
 */
const PATIENT: ConnectOptions = { ...RECONNECT, maxRetriesPerRequest: null, socketTimeout: 15 * SECOND };

/** The way to the queue's Redis: one server, or a Redis or Valkey Cluster. */
export type QueueClient = Redis | Cluster;

/** The connection that publishes and asks. */
export function openProducing(url: string): QueueClient {
  const nodes = clusterNodes(url);
  return quiet(nodes ? new Cluster(nodes, onCluster(nodes, FAIL_FAST)) : new Redis(url, FAIL_FAST));
}

/** The connection that all consumers of a process share. */
export function openConsuming(url: string): QueueClient {
  const nodes = clusterNodes(url);
  return quiet(
    nodes ? new DrainingCluster(nodes, onCluster(nodes, PATIENT)) : new DrainingRedis(url, PATIENT),
  );
}

/** Between two tries of a command whose master is gone; after so many it fails as on a server that is away. */
const AGAIN = 100; // ms
const REDIRECTIONS = 8;

/** How often a client asks who holds which slot: a master that hangs says nothing itself. */
const ASK_AGAIN = 2 * SECOND;

/** BullMQ's keys carry one tag, so the whole queue lies in one slot: the cluster is for its failover, not for its speed. */
function onCluster(nodes: string[], options: ConnectOptions) {
  const { username, password, protocol } = new URL(nodes[0] ?? '');
  const { retryStrategy, enableOfflineQueue = true, ...each } = options;
  return {
    ...(retryStrategy && { clusterRetryStrategy: (tries: number) => Number(retryStrategy(tries)) }),
    enableOfflineQueue,
    maxRedirections: REDIRECTIONS,
    retryDelayOnFailover: AGAIN,
    retryDelayOnClusterDown: AGAIN,
    retryDelayOnTryAgain: AGAIN,
    slotsRefreshTimeout: 2 * SECOND,
    slotsRefreshInterval: ASK_AGAIN,
    redisOptions: {
      ...each,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  };
}

/**
 * Lets BullMQ's scripts run on a Redis that is full. Taking a message moves it from list to list, and Redis counts that
 * as a write that may need memory. Past `maxmemory` it refuses such writes, so a full queue could never be emptied again
 * (measured: 0 of 2,000 messages in 8 s). Consumers write less than they take away. Needs Redis 7 or Valkey.
 */
const DRAINS = '#!lua flags=allow-oom\n';

class DrainingRedis extends Redis {
  override defineCommand(name: string, definition: Parameters<Redis['defineCommand']>[1]): void {
    super.defineCommand(name, { ...definition, lua: DRAINS + definition.lua });
  }
}

class DrainingCluster extends Cluster {
  override defineCommand(name: string, definition: Parameters<Cluster['defineCommand']>[1]): void {
    super.defineCommand(name, { ...definition, lua: DRAINS + definition.lua });
  }
}

function quiet<Client extends QueueClient>(redis: Client): Client {
  // Every command reports its own failure; the event would only end the process.
  redis.on('error', () => {});
  // Any number of callers may wait for the connection. 0 means the same, but only until BullMQ adds its own listeners.
  redis.setMaxListeners(Number.POSITIVE_INFINITY);
  return redis;
}

/** Throws what a failed question to Redis means: Redis is away, or is not what it should be. */
export function asBrokerAway(cause: unknown): never {
  throw new BrokerAway(`Redis (QUEUE_REDIS_URL) ${explain(cause)}`, { cause });
}

/** What went wrong, and what to do where that is known. */
function explain(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  if (/NOAUTH|WRONGPASS/.test(text))
    return `expected its password, got none or another: write it as redis://:password@host. ${text}`;
  if (/WRONGTYPE/.test(text))
    return `holds something else in the place of a queue. Delete it, or name another database. ${text}`;
  if (/^(MOVED|CLUSTERDOWN)/.test(text))
    return `is a node of a Redis Cluster. Name the cluster: redis-cluster:// and some of its nodes. ${text}`;
  return `did not answer: ${text}`;
}
