import type pg from 'pg';
import { z } from 'zod';
import { isoUtc } from '#core/iso-utc.ts';
import { readRows } from '#core/rows.ts';

const time = z.string().nullable();

/** A row of `fan_out`, and the schema for whoever hands it on. */
export const delivery = z.object({
  tweetId: z.int(),
  authorId: z.int(),
  /** `scheduled` tweets have no fan-out yet; these states are the ledger's own. */
  state: z.enum(['waiting', 'delivering', 'delivered', 'failed', 'cancelled']),
  /** Followers when the tweet was accepted: always delivered + cold + gone once finished. */
  expected: z.int(),
  /** Entries that are in timelines. */
  delivered: z.int(),
  /** Timelines that did not exist: rebuilt with this tweet when their owners read. */
  cold: z.int(),
  /** Unfollowed before their chunk came. */
  gone: z.int(),
  /** Chunks planned so far; final once `plannedAt` is set. */
  chunks: z.int(),
  chunksDone: z.int(),
  /** Chunks given up; the fan-out is `failed` once nothing but these is left. */
  chunksFailed: z.int(),
  /** Chunks that arrived again and were ignored. */
  redeliveries: z.int(),
  acceptedAt: z.string(),
  publishedAt: time,
  startedAt: time,
  plannedAt: time,
  firstAt: time,
  medianAt: time,
  finishedAt: time,
  /** The database's clock when this was read: subtract from it, never from another machine's clock. */
  now: z.string(),
});

/** One tweet's delivery as the ledger has it. Counts are timelines (deliveries), times ISO 8601 UTC or null. */
export type Delivery = z.infer<typeof delivery>;

const iso = (column: string, name: string) => `${isoUtc(`f.${column}`)} AS "${name}"`;

/** The columns of `fan_out f` that make a {@link Delivery}. */
const COLUMNS = `
  f.tweet_id AS "tweetId", f.author_id AS "authorId", f.state, f.expected, f.delivered, f.cold, f.gone, f.chunks,
  f.chunks_done AS "chunksDone", f.chunks_failed AS "chunksFailed", f.redeliveries,
  ${iso('accepted_at', 'acceptedAt')}, ${iso('published_at', 'publishedAt')}, ${iso('started_at', 'startedAt')},
  ${iso('planned_at', 'plannedAt')}, ${iso('first_at', 'firstAt')}, ${iso('median_at', 'medianAt')},
  ${iso('finished_at', 'finishedAt')},
  ${isoUtc('clock_timestamp()')} AS now`;

/** The deliveries of these tweets that have a fan-out; seeded tweets have none. */
export async function readDeliveries(pool: pg.Pool, tweetIds: number[]): Promise<Delivery[]> {
  return readRows(pool, delivery, {
    text: `SELECT ${COLUMNS} FROM fan_out f WHERE f.tweet_id = ANY($1)`,
    values: [tweetIds],
  });
}

/**
 * An author's deliveries that a page which has just opened its stream may have missed the end of: those that are not
 * finished, and those that finished within the last 30 s. A small one takes a few ms, less than opening a stream.
 */
export async function readRecentDeliveries(pool: pg.Pool, authorId: number): Promise<Delivery[]> {
  return readRows(pool, delivery, {
    text: `
      SELECT ${COLUMNS} FROM fan_out f
      WHERE f.author_id = $1
        AND (f.finished_at IS NULL OR f.finished_at > statement_timestamp() - interval '30 seconds')
      ORDER BY f.tweet_id`,
    values: [authorId],
  });
}

/** True once nothing more will change by itself. */
export const isFinished = ({ state }: Delivery): boolean => state !== 'waiting' && state !== 'delivering';
