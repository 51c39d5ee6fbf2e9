import { Cluster, Redis } from 'ioredis';
import { doubled } from '#core/backoff.ts';
import { SECOND } from '#core/durations.ts';
import { clusterNodes } from '#core/store-url.ts';

/** The way to a timeline store: one server, or all masters of a Redis or Valkey Cluster. */
export type StoreClient = Redis | Cluster;

const CONNECT = 2 * SECOND;
const retry = (tries: number): number => doubled({ baseMs: 50, capMs: SECOND }, tries);

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
    connectTimeout: CONNECT,
    maxRetriesPerRequest: 1,
    reconnectOnError: ({ message }) => message.startsWith('READONLY '),
    retryStrategy: retry,
  });
  return quiet(redis);
}

/** Opens the way to a timeline store, which fails as fast as {@link openRedis}. The URL says whether it is a cluster. */
export function openStore(url: string, name: string, patienceMs = 5 * SECOND): StoreClient {
  const nodes = clusterNodes(url);
  return nodes ? openCluster(nodes, name, patienceMs) : openRedis(url, name, patienceMs);
}

/** A command whose master is gone asks the others this often who holds its slot now, then it is known as away. */
const REDIRECTIONS = 8;
const AGAIN = 100; // ms

/** Between two tries of a command whose slot is just being moved. A move takes seconds, so the command is soon given up. */
const MOVING = 5; // ms

/** How often a client asks who holds which slot. A master that hangs says nothing itself, and its connections stay open. */
const ASK_AGAIN = 2 * SECOND;

function openCluster(nodes: string[], name: string, patienceMs: number): Cluster {
  const [{ username, password, protocol } = new URL('redis://')] = nodes.map((node) => new URL(node));
  const cluster = new Cluster(nodes, {
    enableOfflineQueue: true,
    maxRedirections: REDIRECTIONS,
    retryDelayOnFailover: AGAIN,
    retryDelayOnClusterDown: AGAIN,
    retryDelayOnTryAgain: MOVING,
    slotsRefreshTimeout: CONNECT,
    slotsRefreshInterval: ASK_AGAIN,
    clusterRetryStrategy: retry,
    redisOptions: {
      connectionName: name,
      commandTimeout: patienceMs,
      connectTimeout: CONNECT,
      maxRetriesPerRequest: 1,
      ...(username && { username: decodeURIComponent(username) }),
      ...(password && { password: decodeURIComponent(password) }),
      ...(protocol === 'rediss:' && { tls: {} }),
    },
  });
  return quiet(cluster);
}

/** Every command reports its own failure; the event would only end the process. */
function quiet<Client extends StoreClient>(client: Client): Client {
  client.on('error', () => {});
  return client;
}

/**
 * The servers that a client writes to: the one, or every master of a cluster. Waits until the client knows them. Rejects as a
 * command does when one of them is away: whoever asks all of them must not take a part for the whole.
 */
export async function serversOf(client: StoreClient): Promise<Redis[]> {
  if (!(client instanceof Cluster)) return [client];
  if (client.status !== 'ready') await client.get(ANY_KEY);
  const masters = client.nodes('master');
  const there = new Set(masters.map(({ options: { host, port } }) => `${host}:${port}`));
  const away = client.slots.find(([owner = '']) => !there.has(owner));
  if (away) throw new Error(`Connection is closed. Expected all masters of the cluster, ${away[0]} is away`);
  return masters;
}

const ANY_KEY = 'any';

/** The tag that a key carries, or the whole key: what its slot in a cluster depends on. */
export const tagIn = (key: string): string => /\{(.+?)\}/.exec(key)?.[1] ?? key;

/** The logical database that a client uses. A cluster has only the first. */
export const databaseOf = (client: StoreClient): number =>
  client instanceof Cluster ? 0 : (client.options.db ?? 0);
