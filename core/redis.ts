import { Redis } from 'ioredis';
import { doubled } from '#core/backoff.ts';
import { SECOND } from '#core/durations.ts';

/**
 * Opens a connection that fails fast: a command on a store that is away rejects within about a second instead of
 * waiting in memory, and the connection comes back by itself. `patienceMs` bounds a command on a store that hangs.
 *
 * A primary that was demoted keeps its connections. The first write that it refuses ends this one, so that the next
 * goes to whichever server the address leads to by then. The write itself is not sent again: its caller knows it as away.
 */
export function openRedis(url: string, name: string, patienceMs = 5 * SECOND): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    enableOfflineQueue: true,
    commandTimeout: patienceMs,
    connectTimeout: 2 * SECOND,
    maxRetriesPerRequest: 1,
    reconnectOnError: ({ message }) => message.startsWith('READONLY '),
    retryStrategy: (tries) => doubled({ baseMs: 50, capMs: SECOND }, tries),
  });
  // Every command reports its own failure; the event would only end the process.
  redis.on('error', () => {});
  return redis;
}
