import { Redis, type RedisOptions } from 'ioredis';
import { doubled } from '#core/backoff.ts';
import { SECOND } from '#core/durations.ts';
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

/** The connection that publishes and asks. */
export const openProducing = (url: string): Redis => quiet(new Redis(url, FAIL_FAST));

/** The connection that all consumers of a process share. */
export const openConsuming = (url: string): Redis => quiet(new DrainingRedis(url, PATIENT));

/**
 * Lets BullMQ's scripts run on a Redis that is full. Taking a message moves it from list to list, and Redis counts that
 * as a write that may need memory. Past `maxmemory` it refuses such writes, so a full queue could never be emptied again
 * (measured: 0 of 2,000 messages in 8 s). Consumers write less than they take away. Needs Redis 7 or Valkey.
 */
class DrainingRedis extends Redis {
  override defineCommand(name: string, definition: Parameters<Redis['defineCommand']>[1]): void {
    super.defineCommand(name, { ...definition, lua: `#!lua flags=allow-oom\n${definition.lua}` });
  }
}

function quiet(redis: Redis): Redis {
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
    return `is a node of a Redis Cluster. Name a single Redis or Valkey server. ${text}`;
  return `did not answer: ${text}`;
}
