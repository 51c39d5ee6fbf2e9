import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isStoreAway } from '#core/away.ts';
import { ConfigError } from '#core/config.ts';
import { openRedis } from '#core/redis.ts';

const AGAIN = 500; // ms until a server that is away is asked again

/**
 * Rejects with a {@link ConfigError} as soon as one of these servers, by the names of their variables, turns out to be a
 * node of a Redis Cluster. Our connections speak to one server: a node answers `MOVED` for nearly every key, and no
 * tweet would ever be delivered. Resolves when all have answered otherwise, or `signal` is aborted. One that is away is
 * no failure: it is asked once it can be reached.
 */
export async function refuseClusters(urls: Record<string, string>, signal: AbortSignal): Promise<void> {
  const questions = Object.entries(urls).map(async ([variable, url]) => {
    if (await isCluster(url, signal)) throw new ConfigError(refusal(variable));
  });
  await Promise.all(questions);
}

const refusal = (variable: string): string =>
  `${variable}: Expected a single Redis or Valkey server, got a node of a Redis Cluster (cluster_enabled:1). ` +
  'Name a server that runs with `cluster-enabled no`; TIMELINE_SHARDS is not enough to run on a Cluster.';

async function isCluster(url: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  const redis = openRedis(url, 'is it a cluster');
  try {
    const answer = await Promise.race([firstAnswer(redis, signal), once(signal, 'abort').then(() => '')]);
    return /^cluster_enabled:1/m.test(answer);
  } finally {
    redis.disconnect();
  }
}

/** Empty when the server does not allow INFO: it is taken for a single one. */
async function firstAnswer(redis: Redis, signal: AbortSignal): Promise<string> {
  while (!signal.aborted) {
    try {
      return await redis.info('cluster');
    } catch (error) {
      if (!isStoreAway(error)) return '';
    }
    await wait(AGAIN, undefined, { signal }).catch(() => {});
  }
  return '';
}
