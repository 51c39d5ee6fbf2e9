import { Cluster, type Redis } from 'ioredis';
import { z } from 'zod';
import { serversOf } from '#core/redis.ts';
import { clockKey } from '#core/timelines/epoch.ts';
import { readTimeline } from '#core/timelines/read-timeline.ts';
import { slotOf } from '#core/timelines/shard-tags.ts';
import { epochKey, serverOfShard, type TimelineStore, tagOf } from '#core/timelines/timeline.ts';

/** Keys of a shard are on a master that does not hold its slot: a move of the slot was broken off, or is not over yet. */
export class HalfMoved extends Error {
  override name = 'HalfMoved';
}

/**
 * Rejects with {@link HalfMoved} unless all keys of a shard are on the master that holds it. A move between masters that goes on
 * is known by itself: the cluster refuses every script (see script.ts). But one that was broken off half-way, by hand or by the
 * loss of a master, leaves two parts, and each looks whole to the scripts. Receipts of the other part would be taken for missing,
 * and their chunks would be pushed twice. Nothing is pushed and nothing is rebuilt until the parts are together again.
 */
export async function requireWhole(store: TimelineStore, shard: number): Promise<void> {
  const { redis } = store;
  if (!(redis instanceof Cluster) || (await astray(redis, store, shard)).length === 0) return;
  await readTimeline(store, shard); // rejects while the slot moves, which is nothing bad; any script would
  const found = await astray(redis, store, shard);
  if (found.length === 0) return;
  throw new HalfMoved(
    `Expected all keys of slot ${slotOf(tagOf(store, shard))} on ${serverOfShard(store, shard)}, which holds it, but some are on ` +
      `${found.join(' and ')}: finish the move as docs/cluster.md says. Until then nothing is delivered.`,
  );
}

/**
 * The same for a shard that its store calls complete. If it is not whole, it loses its epoch, for readers too, and its clock: it
 * is emptied once it is whole. Of shards that a worker knows, a large cluster has too many for each look: they take turns.
 */
export async function requireTrusted(
  store: TimelineStore,
  shard: number,
  { isKnown }: { isKnown: boolean },
): Promise<void> {
  const { redis } = store;
  if (!(redis instanceof Cluster)) return;
  if (isKnown && Math.random() > MOST / (redis.nodes('master').length * store.shards)) return;
  await requireWhole(store, shard).catch(async (error: unknown) => {
    const tag = tagOf(store, shard);
    if (error instanceof HalfMoved) for (const key of [epochKey(tag), clockKey(tag)]) await redis.del(key);
    throw error;
  });
}

/** The masters that have keys of a shard although they do not hold its slot. */
async function astray(redis: Cluster, store: TimelineStore, shard: number): Promise<string[]> {
  const [slot, holder] = [slotOf(tagOf(store, shard)), serverOfShard(store, shard)];
  const others = (await serversOf(redis)).filter((server) => nameOf(server) !== holder);
  const counts = await Promise.all(others.map((server) => countKeys(server, slot)));
  return others.filter((_, n) => counts[n] !== 0).map(nameOf);
}

/** Questions that one look asks at most of shards that it trusts. */
const MOST = 64;

const nameOf = ({ options: { host, port } }: Redis): string => `${host}:${port}`;

const countKeys = async (server: Redis, slot: number): Promise<number> =>
  z.int().parse(await server.cluster('COUNTKEYSINSLOT', slot));
