import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isStoreAway } from '#core/away.ts';
import { ConfigError } from '#core/config.ts';
import { openRedis } from '#core/redis.ts';
import { clusterNodes } from '#core/store-url.ts';
import { SLOTS } from '#core/timelines/shard-tags.ts';

const AGAIN = 500; // ms until a server that is away is asked again

/** The Redis servers and clusters of a process, by the names of the variables that name them. */
export type Stores = Record<string, string | undefined>;

type Looking = { signal: AbortSignal; log: (line: string) => void };

/** Which variable is looked at. */
type Asked = Looking & { variable: string };

/**
 * Looks at start what these servers are. What is wrong for good rejects with a {@link ConfigError} that names the variable:
 * a single server where a cluster is named, or the other way round. What may pass is logged: a node that is away, slots that
 * nobody holds, a replica in place of its primary. Resolves when all have answered, or `signal` is aborted. A server that is
 * away is no failure: it is asked once it can be reached.
 */
export async function checkStores(stores: Stores, looking: Looking): Promise<void> {
  const checks = Object.entries(stores).map(([variable, url]) => url && check(url, { ...looking, variable }));
  await Promise.all(checks);
}

async function check(url: string, asked: Asked): Promise<void> {
  const nodes = clusterNodes(url);
  await (nodes ? checkCluster(nodes, asked) : checkServer(url, asked));
}

async function checkServer(url: string, { signal, log, variable }: Asked): Promise<void> {
  const mode = await modeOf(url, signal);
  if (mode === 'cluster')
    throw new ConfigError(
      `${variable}: Expected a single Redis or Valkey server, got a node of a Redis Cluster (cluster_enabled:1). ` +
        'Name the cluster instead: redis-cluster:// and some of its nodes, separated by commas.',
    );
  if (mode === 'replica')
    log(
      `${variable}: This server is a replica (role:slave), which takes no writes: nothing is delivered until it is promoted. Name its primary.`,
    );
}

async function checkCluster(nodes: string[], asked: Asked): Promise<void> {
  await Promise.all(nodes.map((node, at) => checkNode(node, `node ${at + 1} of ${nodes.length}`, asked)));
}

/** A node that is away is named once. It need not come back: the others know the cluster. */
async function checkNode(url: string, name: string, { signal, log, variable }: Asked): Promise<void> {
  const away = () =>
    log(`${variable}: ${name} does not answer. Start it, or take it out of the list if it is gone.`);
  const mode = await modeOf(url, signal, away);
  if (mode === 'single')
    throw new ConfigError(
      `${variable}: Expected the nodes of a Redis Cluster, ${name} is a single server (cluster_enabled:0). ` +
        'Write redis:// for a single server, and name it alone.',
    );
  const slots = mode === 'cluster' ? await slotsOf(url, signal) : SLOTS;
  if (slots < SLOTS)
    log(
      `${variable}: ${name} knows a master for ${slots} of ${SLOTS} slots: nothing is delivered until each has one. ` +
        'Look with `redis-cli --cluster check`, assign them with `redis-cli --cluster fix`.',
    );
}

type Mode = 'single' | 'replica' | 'cluster' | 'unknown';

/** Unknown when nobody wants to know any more, and when the server does not allow INFO: it is taken for the right one. */
async function modeOf(url: string, signal: AbortSignal, away = () => {}): Promise<Mode> {
  const cluster = await answerOf(url, signal, (redis) => redis.info('cluster'), away);
  if (/^cluster_enabled:1/m.test(cluster)) return 'cluster';
  if (cluster === '') return 'unknown';
  const replication = await answerOf(url, signal, (redis) => redis.info('replication'));
  return /^role:slave/m.test(replication) ? 'replica' : 'single';
}

async function slotsOf(url: string, signal: AbortSignal): Promise<number> {
  const info = await answerOf(url, signal, async (redis) => String(await redis.cluster('INFO')));
  return Number(/^cluster_slots_ok:(\d+)/m.exec(info)?.[1] ?? SLOTS);
}

type Question = (redis: Redis) => Promise<string>;

async function answerOf(url: string, signal: AbortSignal, ask: Question, away = () => {}): Promise<string> {
  if (signal.aborted) return '';
  const redis = openRedis(url, 'what is it');
  try {
    return await Promise.race([
      firstAnswer(redis, { signal, ask, away }),
      once(signal, 'abort').then(() => ''),
    ]);
  } finally {
    redis.disconnect();
  }
}

type Asking = { signal: AbortSignal; ask: Question; away: () => void };

/** Empty when the server does not allow the question. */
async function firstAnswer(redis: Redis, { signal, ask, away }: Asking): Promise<string> {
  for (let tries = 0; !signal.aborted; tries++) {
    try {
      return await ask(redis);
    } catch (error) {
      if (!isStoreAway(error)) return '';
      if (tries === 0) away();
    }
    await wait(AGAIN, undefined, { signal }).catch(() => {});
  }
  return '';
}
