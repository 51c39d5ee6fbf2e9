import type pg from 'pg';
import { memoryOf, SMALL } from '#core/admission/admission.ts';
import { readBacklog } from '#core/admission/backlog.ts';
import { isTooSlow } from '#core/away.ts';
import { DROP_TO } from '#core/timelines/drop-unread.ts';
import { type Reader, recentReaders } from '#core/timelines/last-reads.ts';
import { rebuild } from '#core/timelines/rebuild.ts';
import { allShards, allTags, asOfNow, type TimelineStore, tagOf } from '#core/timelines/timeline.ts';
import { alone, warmedKey } from '#core/timelines/upkeep.ts';

const PAGE = 20; // readers a step, at 5 to 50 ms each: some of each shard that has any left
const MOST_SHARDS = PAGE;
const AT_ONCE = 2; // rebuilds: Postgres has others to answer

/**
 * Rebuilds timelines after their store has lost them: those of everybody who has read home within a week, the newest
 * readers first. The store itself holds how far this is. A store that is emptied loses that too, and is warmed from the
 * beginning. Waits while more than small tweets are to be delivered, and ends before memory is so short that timelines
 * would be dropped. Returns how many timelines it looked at; those that are warm are left alone.
 */
export async function warmOnce(pool: pg.Pool, live: TimelineStore): Promise<number> {
  const store = asOfNow(live);
  const progress = await Promise.all(allTags(store).map((tag) => store.redis.get(warmedKey(tag))));
  const cold = allShards(store).filter((shard) => progress[shard] !== DONE);
  if (cold.length === 0 || (await readBacklog(pool)).deliveries > SMALL) return 0;
  return alone(pool, async (client) => {
    const isRoom = await hasRoom(store);
    let looked = 0;
    for (const shard of cold.slice(0, MOST_SHARDS))
      looked += await warmPage(client, {
        pool,
        store,
        shard,
        behind: parse(progress[shard] ?? null),
        limit: isRoom ? Math.ceil(PAGE / Math.min(cold.length, MOST_SHARDS)) : 0,
      });
    return looked;
  });
}

const DONE = 'done';

async function hasRoom({ redis }: TimelineStore): Promise<boolean> {
  const { used, max } = await memoryOf(redis)();
  return max === 0 || used < max * DROP_TO;
}

type Page = { pool: pg.Pool; store: TimelineStore; shard: number; behind: Reader | null; limit: number };

async function warmPage(client: pg.PoolClient, { pool, store, shard, behind, limit }: Page): Promise<number> {
  const readers =
    limit > 0 ? await recentReaders(client, { behind, limit, shard, shards: store.shards }) : [];
  await rebuildEach(
    readers.map(({ userId }) => userId),
    AT_ONCE,
    (userId) => rebuild(pool, store, userId),
  );
  const last = readers.at(-1);
  await store.redis.set(warmedKey(tagOf(store, shard)), last ? `${last.hour} ${last.userId}` : DONE);
  return readers.length;
}

function parse(progress: string | null): Reader | null {
  const [, hour, userId] = /^(\d+) (\d+)$/.exec(progress ?? '') ?? [];
  return hour && userId ? { hour: Number(hour), userId: Number(userId) } : null;
}

/** Rebuilds all of them, a few at a time. One that takes Postgres too long stays cold: its pages come from Postgres. */
export async function rebuildEach(
  userIds: number[],
  atOnce: number,
  rebuildOne: (userId: number) => Promise<unknown>,
): Promise<void> {
  const left = [...userIds].reverse();
  const one = async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      await rebuildOne(id).catch((error: unknown) => {
        if (!isTooSlow(error)) throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}
