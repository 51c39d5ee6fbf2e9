import type pg from 'pg';
import { z } from 'zod';
import { HOUR, SECOND } from '#core/durations.ts';
import { idRow, readRow, readRows } from '#core/rows.ts';

/** The present hour, counted from 1970, by Postgres' clock. */
const THIS_HOUR = 'floor(extract(epoch FROM statement_timestamp()) / 3600)::int';

/** One statement writes all new readers of this time. */
const GATHERED = SECOND;
/** How many readers of this hour are remembered as written. With more, all are forgotten and written once more. */
const MOST_KNOWN = 100_000; // about 4 MB
const BATCH = 5_000; // rows a statement

/**
 * Keeps when each reader has read home last, to the hour. A page costs a look into a set, and a reader costs Postgres
 * one row an hour. When a process dies before it has written, a reader seems to be away for an hour longer at most.
 *
 * The timeline store cannot tell this: for it a push uses a timeline as a read does, and it forgets a timeline's use
 * together with the timeline.
 */
export class LastReads {
  readonly #pool: pg.Pool;
  readonly #now: () => number;
  #known = new Set<number>();
  #hour = 0;
  #waiting = new Set<number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(pool: pg.Pool, now: () => number = Date.now) {
    this.#pool = pool;
    this.#now = now;
  }

  /** Notes that somebody reads home now. */
  note(userId: number): void {
    const hour = Math.floor(this.#now() / HOUR);
    if (hour !== this.#hour || this.#known.size >= MOST_KNOWN) this.#known = new Set();
    this.#hour = hour;
    if (this.#known.has(userId)) return;
    this.#known.add(userId);
    this.#waiting.add(userId);
    this.#timer ??= setTimeout(() => void this.write().catch(() => {}), GATHERED).unref();
  }

  /** Writes what was noted. When Postgres does not take it, it is noted again at the next read. */
  async write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const ids = [...this.#waiting];
    this.#waiting = new Set();
    for (let at = 0; at < ids.length; at += BATCH) {
      await writeReads(this.#pool, ids.slice(at, at + BATCH)).catch((error: unknown) => {
        this.#known = new Set();
        throw error;
      });
    }
  }
}

/** Writes in the order of ids, as all processes do. Otherwise two of them could wait for each other. */
async function writeReads(pool: pg.Pool, userIds: number[]): Promise<void> {
  await pool.query(
    `INSERT INTO home_read (user_id, hour)
     SELECT id, ${THIS_HOUR} FROM unnest($1::int[]) id ORDER BY id
     ON CONFLICT (user_id) DO UPDATE SET hour = excluded.hour WHERE home_read.hour < excluded.hour`,
    [userIds],
  );
}

type Client = Pick<pg.Pool, 'query'>;

/** Those of these readers who have not read home since the beginning of an hour, or never. */
export async function unreadSince(client: Client, userIds: number[], hour: number): Promise<number[]> {
  const rows = await readRows(client, idRow, {
    text: `
      SELECT id FROM unnest($1::int[]) id
      WHERE NOT EXISTS (SELECT FROM home_read r WHERE r.user_id = id AND r.hour >= $2)`,
    values: [userIds, hour],
  });
  return rows.map(({ id }) => id);
}

/**
 * The end of the hour before which `count` more readers have read last than before `hour`; null when nobody has read
 * since `hour`. When there are fewer readers, it is the end of the newest hour: all of them.
 */
export async function laterHour(client: Client, hour: number, count: number): Promise<number | null> {
  const { next } = await readRow(client, z.object({ next: z.int().nullable() }), {
    text: `
      SELECT coalesce(
        (SELECT hour FROM home_read WHERE hour >= $1 ORDER BY hour OFFSET $2 LIMIT 1),
        (SELECT max(hour) FROM home_read WHERE hour >= $1)
      ) + 1 AS next`,
    values: [hour, count],
  });
  return next;
}

const DAYS = 7;

/** A reader, and the hour of the last read of home. */
const reader = z.object({ userId: z.int(), hour: z.int() });
export type Reader = z.infer<typeof reader>;

/** One shard's readers of the last week, the newest first. `behind` is where the page before ended. */
export async function recentReaders(
  client: Client,
  { behind, limit, shard, shards }: { behind: Reader | null; limit: number; shard: number; shards: number },
): Promise<Reader[]> {
  return readRows(client, reader, {
    text: `
      SELECT user_id AS "userId", hour FROM home_read
      WHERE hour > ${THIS_HOUR} - ${DAYS * 24} AND (hour, user_id) < ($1, $2) AND user_id % $3 = $4
      ORDER BY hour DESC, user_id DESC LIMIT $5`,
    values: [behind?.hour ?? MOST, behind?.userId ?? MOST, shards, shard, limit],
  });
}

const MOST = 2 ** 31 - 1; // of an `int`
