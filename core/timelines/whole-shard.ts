import { Cluster, type Redis } from 'ioredis';
import { z } from 'zod';
import { serversOf } from '#core/redis.ts';
import { slotOf } from '#core/timelines/shard-tags.ts';
import { epochKey, serverOfShard, type TimelineStore, tagOf } from '#core/timelines/timeline.ts';

/** Keys of a shard are on a master that does not hold its slot: a move of the slot was broken off, or is not over yet. */
export class HalfMoved extends Error {
  override name = 'HalfMoved';
}

/**
 * Rejects with {@link HalfMoved} unless all keys of a shard are on the master that holds it. A move between masters that goes on
 * is known by itself: the cluster refuses every script (see script.ts). But one that was broken off half-way, by hand or by the
 * loss of a master, leaves two parts, and each looks whole to the scripts. Timelines of the other part would be taken for cold,
 * and receipts for missing, so that their chunks would be pushed twice. Nothing is pushed and nothing is rebuilt until the
 * parts are together again: the shard loses its epoch, for readers too, and is repaired later as after a failover.
 */
export async function requireWhole(store: TimelineStore, shard: number): Promise<void> {
  if (!(store.redis instanceof Cluster)) return;
  const slot = slotOf(tagOf(store, shard));
  const holder = serverOfShard(store, shard);
  const others = (await serversOf(store.redis)).filter((server) => nameOf(server) !== holder);
  const counts = await Promise.all(others.map((server) => countKeys(server, slot)));
  const astray = others.filter((_, n) => counts[n] !== 0).map(nameOf);
  if (astray.length === 0) return;
  await store.redis.del(epochKey(tagOf(store, shard)));
  throw new HalfMoved(
    `Expected all keys of slot ${slot} on ${holder}, which holds it, but some are on ${astray.join(' and ')}: ` +
      'finish the move with `redis-cli --cluster fix`. Until then nothing is delivered. See docs/cluster.md.',
  );
}

const nameOf = ({ options: { host, port } }: Redis): string => `${host}:${port}`;

const countKeys = async (server: Redis, slot: number): Promise<number> =>
  z.int().parse(await server.cluster('COUNTKEYSINSLOT', slot));
