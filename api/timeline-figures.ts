import type pg from 'pg';
import { z } from 'zod';
import { Cached } from '#api/cached.ts';
import type { TimelinesView } from '#api/contract.ts';
import { FULL_SHARE, parseMemory } from '#core/admission/admission.ts';
import { MINUTE } from '#core/durations.ts';
import { readRow } from '#core/rows.ts';
import { DROP_ABOVE } from '#core/timelines/drop-unread.ts';
import { countReceipts } from '#core/timelines/sweep-receipts.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { readUpkeep } from '#core/timelines/upkeep.ts';

type Stores = { pool: pg.Pool; timelines: TimelineStore };

/** Reads what the timelines take of their store and who has none; null while the store is away. */
export function timelineFigures({ pool, timelines }: Stores): () => Promise<TimelinesView | null> {
  const readers = new Cached(() => countReaders(pool), MINUTE); // reads every account
  return async () => {
    const [info, receipts, { dropped, droppedAt, dropping }, all] = await Promise.all([
      timelines.redis.info('memory', 'keyspace').catch(() => null),
      countReceipts(timelines).catch(() => ({ count: 0 })),
      readUpkeep(pool),
      readers.read(),
    ]);
    if (info === null) return null;
    const { used, max } = parseMemory(info);
    const held = Math.max(0, Math.min(all, countLasting(info, databaseOf(timelines)) - receipts.count));
    return {
      ...{ used, max: max || null, held, cold: all - held },
      dropAbove: max ? Math.floor(max * DROP_ABOVE) : null,
      refuseAbove: max ? Math.floor(max * FULL_SHARE.timelines) : null,
      ...{ dropped, dropping, droppedAt: droppedAt?.toISOString() ?? null },
    };
  };
}

/** Who follows nobody has no timeline. */
async function countReaders(pool: pg.Pool): Promise<number> {
  const { count } = await readRow(pool, z.object({ count: z.int() }), {
    text: 'SELECT count(*)::int AS count FROM "user" WHERE following_count > 0',
  });
  return count;
}

const databaseOf = ({ redis }: TimelineStore): number => redis.options.db ?? 0;

/** Keys without an end: timelines, receipts and a handful of others. Nothing else counts them at no cost. */
function countLasting(info: string, database: number): number {
  const [, keys, expires] = new RegExp(`^db${database}:keys=(\\d+),expires=(\\d+)`, 'm').exec(info) ?? [];
  return Number(keys ?? 0) - Number(expires ?? 0);
}
