import { Redis } from 'ioredis';

/**
 * Opens a connection that fails fast: a command on a store that is away rejects within about a second instead of
 * waiting in memory, and the connection comes back by itself. `patienceMs` bounds a command on a store that hangs.
 */
export function openRedis(url: string, name: string, patienceMs = 5_000): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    enableOfflineQueue: true,
    commandTimeout: patienceMs,
    connectTimeout: 2_000,
    maxRetriesPerRequest: 1,
    retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 5), 1_000),
  });
  // Every command reports its own failure; the event would only end the process.
  redis.on('error', () => {});
  return redis;
}

const AWAY =
  /^(Connection is closed|Command timed out|LOADING|MASTERDOWN|Stream isn't writeable|connect |read |write )/;

/** True when a command failed because the store could not be reached or is not ready, not by its own fault. */
export function isStoreAway(error: unknown): boolean {
  return error instanceof Error && (error.name === 'MaxRetriesPerRequestError' || AWAY.test(error.message));
}
