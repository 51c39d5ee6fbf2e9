import type pg from 'pg';
import { isoUtc } from '#core/iso-utc.ts';

/** `scheduled` tweets have no fan-out yet; the other states are the ledger's own. */
export type FanOutState = 'waiting' | 'delivering' | 'delivered' | 'failed' | 'cancelled';

/** One tweet's delivery as the ledger has it. Counts are timelines (deliveries), times ISO 8601 UTC or null. */
export type Delivery = {
  tweetId: number;
  authorId: number;
  state: FanOutState;
  /** Followers when the tweet was accepted: always delivered + cold + gone once finished. */
  expected: number;
  /** Entries that are in timelines. */
  delivered: number;
  /** Timelines that did not exist: rebuilt with this tweet when their owners read. */
  cold: number;
  /** Unfollowed before their chunk came. */
  gone: number;
  /** Chunks planned so far; final once `plannedAt` is set. */
  chunks: number;
  chunksDone: number;
  /** Chunks given up; the fan-out is `failed` once nothing but these is left. */
  chunksFailed: number;
  /** Chunks that arrived again and were ignored. */
  redeliveries: number;
  acceptedAt: string;
  publishedAt: string | null;
  startedAt: string | null;
  plannedAt: string | null;
  firstAt: string | null;
  medianAt: string | null;
  finishedAt: string | null;
  /** The database's clock when this was read: subtract from it, never from another machine's clock. */
  now: string;
};

const iso = (column: string, name: string) => `${isoUtc(`f.${column}`)} AS "${name}"`;

/** The columns of `fan_out f` that make a {@link Delivery}: for SELECT and RETURNING alike. */
export const DELIVERY_COLUMNS = `
  f.tweet_id AS "tweetId", f.author_id AS "authorId", f.state, f.expected, f.delivered, f.cold, f.gone, f.chunks,
  f.chunks_done AS "chunksDone", f.chunks_failed AS "chunksFailed", f.redeliveries,
  ${iso('accepted_at', 'acceptedAt')}, ${iso('published_at', 'publishedAt')}, ${iso('started_at', 'startedAt')},
  ${iso('planned_at', 'plannedAt')}, ${iso('first_at', 'firstAt')}, ${iso('median_at', 'medianAt')},
  ${iso('finished_at', 'finishedAt')},
  ${isoUtc('clock_timestamp()')} AS now`;

/** The deliveries of these tweets that have a fan-out; seeded tweets have none. */
export async function readDeliveries(pool: pg.Pool, tweetIds: number[]): Promise<Delivery[]> {
  const { rows } = await pool.query<Delivery>(
    `SELECT ${DELIVERY_COLUMNS} FROM fan_out f WHERE f.tweet_id = ANY($1)`,
    [tweetIds],
  );
  return rows;
}

/**
 * An author's deliveries that a page which has just opened its stream may have missed the end of: those that are not
 * finished, and those that finished within the last 30 s. A small one takes a few ms, less than opening a stream.
 */
export async function readRecentDeliveries(pool: pg.Pool, authorId: number): Promise<Delivery[]> {
  const { rows } = await pool.query<Delivery>(
    `SELECT ${DELIVERY_COLUMNS} FROM fan_out f
     WHERE f.author_id = $1
       AND (f.finished_at IS NULL OR f.finished_at > statement_timestamp() - interval '30 seconds')
     ORDER BY f.tweet_id`,
    [authorId],
  );
  return rows;
}

/** True once nothing more will change by itself. */
export function isFinished(delivery: Delivery): boolean {
  return delivery.state !== 'waiting' && delivery.state !== 'delivering';
}
