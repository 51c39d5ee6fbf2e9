import { Cluster } from 'ioredis';
import { type StoreClient, serversOf, tagIn } from '#core/redis.ts';

/**
 * The keys that begin so, in pages: a scan goes over all keys of each server, and a page may be empty. As with every scan,
 * keys that are made meanwhile may be missing, and some come twice.
 */
export async function* keysWith(
  client: StoreClient,
  prefix: string,
  count: number,
): AsyncGenerator<string[]> {
  for (const server of await serversOf(client)) yield* server.scanStream({ match: `${prefix}*`, count });
}

/** Removes keys, and returns how many there were. A server of a cluster removes keys of one slot by one command only. */
export async function unlink(client: StoreClient, keys: string[]): Promise<number> {
  const groups = client instanceof Cluster ? byTag(keys) : [keys];
  const removed = await Promise.all(groups.map((group) => (group.length > 0 ? client.unlink(...group) : 0)));
  return removed.reduce((sum, each) => sum + each, 0);
}

function byTag(keys: string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const group = groups.get(tagIn(key));
    if (group) group.push(key);
    else groups.set(tagIn(key), [key]);
  }
  return [...groups.values()];
}
