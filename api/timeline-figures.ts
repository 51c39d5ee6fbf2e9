import type pg from 'pg';
import { z } from 'zod';
import { Cached } from '#api/cached.ts';
import type { TimelinesView } from '#api/contract.ts';
import { FULL_SHARE, parseMemory } from '#core/admission/admission.ts';
import { MINUTE } from '#core/durations.ts';
import { readLayout } from '#core/ledger/layout.ts';
import { databaseOf, serversOf } from '#core/redis.ts';
import { readRow } from '#core/rows.ts';
import { DROP_ABOVE } from '#core/timelines/drop-unread.ts';
import { countReceipts } from '#core/timelines/sweep-receipts.ts';
import { asOfNow, type TimelineStore } from '#core/timelines/timeline.ts';
import { readUpkeep } from '#core/timelines/upkeep.ts';

type Stores = { pool: pg.Pool; timelines: TimelineStore };

/** Reads what the timelines take of their store and who has none; null while the store is away. */
export function timelineFigures({ pool, timelines }: Stores): () => Promise<TimelinesView | null> {
  const readers = new Cached(() => countReaders(pool), MINUTE); // reads every account
  return async () => {
    const [found, receipts, { dropped, droppedAt, dropping }, all] = await Promise.all([
      readStore(timelines).catch(() => null),
      countReceiptsNow({ pool, timelines }).catch(() => ({ count: 0 })),
      readUpkeep(pool),
      readers.read(),
    ]);
    if (found === null) return null;
    const { used, max, lasting } = found;
    const held = Math.max(0, Math.min(all, lasting - receipts.count));
    return {
      ...{ used, max: max || null, held, cold: all - held },
      dropAbove: max ? Math.floor(max * DROP_ABOVE) : null,
      refuseAbove: max ? Math.floor(max * FULL_SHARE.timelines) : null,
      ...{ dropped, dropping, droppedAt: droppedAt?.toISOString() ?? null },
    };
  };
}

const countReceiptsNow = async ({ pool, timelines }: Stores) =>
  countReceipts({ ...asOfNow(timelines), ...(await readLayout(pool)) });

/** Who follows nobody has no timeline. */
async function countReaders(pool: pg.Pool): Promise<number> {
  const { count } = await readRow(pool, z.object({ count: z.int() }), {
    text: 'SELECT count(*)::int AS count FROM "user" WHERE following_count > 0',
  });
  return count;
}

type StoreFigures = { used: number; max: number; lasting: number };

/** The sums over all servers of the store. Without a bound on one of them there is none on the sum. */
async function readStore({ redis }: TimelineStore): Promise<StoreFigures> {
  const servers = await serversOf(redis);
  const infos = await Promise.all(servers.map((server) => server.info('memory', 'keyspace')));
  const all = infos.map((info) => ({ ...parseMemory(info), lasting: countLasting(info, databaseOf(redis)) }));
  const isBounded = all.every(({ max }) => max > 0);
  return {
    used: sum(all.map(({ used }) => used)),
    max: isBounded ? sum(all.map(({ max }) => max)) : 0,
    lasting: sum(all.map(({ lasting }) => lasting)),
  };
}

const sum = (figures: number[]): number => figures.reduce((total, figure) => total + figure, 0);

/** Keys without an end: timelines, receipts and a handful of others. Nothing else counts them at no cost. */
function countLasting(info: string, database: number): number {
  const [, keys, expires] = new RegExp(`^db${database}:keys=(\\d+),expires=(\\d+)`, 'm').exec(info) ?? [];
  return Number(keys ?? 0) - Number(expires ?? 0);
}
