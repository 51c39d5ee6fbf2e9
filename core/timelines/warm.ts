import type pg from 'pg';
import { z } from 'zod';
import { memoryOf, SMALL } from '#core/admission/admission.ts';
import { readBacklog } from '#core/admission/backlog.ts';
import { isTooSlow } from '#core/away.ts';
import { Script } from '#core/lua/script.ts';
import { DROP_TO } from '#core/timelines/drop-unread.ts';
import { type Reader, recentReaders } from '#core/timelines/last-reads.ts';
import { rebuild } from '#core/timelines/rebuild.ts';
import { allShards, asOfNow, epochKey, type TimelineStore, tagOf } from '#core/timelines/timeline.ts';
import { alone, warmedKey } from '#core/timelines/upkeep.ts';

const PAGE = 20; // readers a step, at 5 to 50 ms each: some of each shard that has any left
const AT_ONCE = 2; // rebuilds: Postgres has others to answer

/**
 * Rebuilds timelines after their store has lost them: those of everybody who has read home within a week, the newest
 * readers first. The store itself holds how far this is. A store that is emptied loses that too, and is warmed from the
 * beginning: what was being warmed just then moves nothing on. Nothing is done while the store is being repaired, because
 * nothing can be rebuilt then. Waits while more than small tweets are to be delivered, and ends before memory is so short that timelines
 * would be dropped. Returns how many timelines it looked at; those that are warm are left alone.
 */
export async function warmOnce(pool: pg.Pool, live: TimelineStore): Promise<number> {
  const store = asOfNow(live);
  const looks = await Promise.all(
    allShards(store).map(async (shard) => ({ shard, at: await lookAt(store, shard) })),
  );
  const cold = looks.flatMap(({ shard, at }) =>
    at === 'unsettled' || at.place === DONE ? [] : [{ shard, at }],
  );
  if (cold.length === 0 || (await readBacklog(pool)).deliveries > SMALL) return 0;
  const shards = cold.slice(0, PAGE);
  return alone(pool, async (client) => {
    const limit = (await hasRoom(store)) ? Math.ceil(PAGE / shards.length) : 0;
    let readers = 0;
    for (const each of shards) readers += await warmPage(client, { pool, store, limit, ...each });
    return readers;
  });
}

const DONE = 'done';

async function hasRoom({ redis }: TimelineStore): Promise<boolean> {
  const { used, max } = await memoryOf(redis)();
  return max === 0 || used < max * DROP_TO;
}

/** How far the warming of a shard is, and the epoch in which it got there. */
type At = { epoch: string; place: string };

type Page = { pool: pg.Pool; store: TimelineStore; limit: number; shard: number; at: At };

async function warmPage(client: pg.PoolClient, { pool, store, limit, shard, at }: Page): Promise<number> {
  const wanted = { behind: parse(at.place), limit, shard, shards: store.shards };
  const readers = limit > 0 ? await recentReaders(client, wanted) : [];
  await rebuildEach(
    readers.map(({ userId }) => userId),
    AT_ONCE,
    (userId) => rebuild(pool, store, userId),
  );
  const last = readers.at(-1);
  await moveOn(store, shard, { from: at, to: last ? `${last.hour} ${last.userId}` : DONE });
  return readers.length;
}

const placing = new Script('warm-place');
const looked = z.union([
  z.tuple([z.literal('at'), z.string(), z.string()]).transform(([, epoch, place]): At => ({ epoch, place })),
  z.tuple([z.literal('unsettled')]).transform(() => 'unsettled' as const),
]);

function keysOf(store: TimelineStore, shard: number) {
  const tag = tagOf(store, shard);
  return [epochKey(tag), warmedKey(tag)];
}

/** See warm-place.lua. */
async function lookAt(store: TimelineStore, shard: number): Promise<At | 'unsettled'> {
  return looked.parse(await placing.run(store.redis, keysOf(store, shard), ['', '', '']));
}

/** Does nothing when the timelines were lost meanwhile: the next step begins again. See warm-place.lua. */
async function moveOn(
  store: TimelineStore,
  shard: number,
  { from, to }: { from: At; to: string },
): Promise<void> {
  await placing.run(store.redis, keysOf(store, shard), [to, from.epoch, from.place]);
}

/** Null for the beginning. */
function parse(place: string): Reader | null {
  const [, hour, userId] = /^(\d+) (\d+)$/.exec(place) ?? [];
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
