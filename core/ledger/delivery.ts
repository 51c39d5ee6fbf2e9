import type pg from 'pg';
import { z } from 'zod';
import { HintChannel } from '#core/hints.ts';
import { isoUtc } from '#core/iso-utc.ts';
import { readRows } from '#core/rows.ts';

const time = z.string().nullable();

/** A row of `fan_out`, and the schema for whoever hands it on. */
export const delivery = z.object({
  tweetId: z.int(),
  authorId: z.int(),
  /** `scheduled` tweets have no fan-out yet; these states are the ledger's own. */
  state: z.enum(['waiting', 'delivering', 'delivered', 'failed', 'cancelled']),
  /** Followers when the tweet was accepted: always delivered + cold + gone + pulled once finished. */
  expected: z.int(),
  /** Entries that are in timelines. */
  delivered: z.int(),
  /** Timelines that did not exist: rebuilt with this tweet when their owners read. */
  cold: z.int(),
  /** Unfollowed before their chunk came. */
  gone: z.int(),
  /** Read from the author's list when they open home: all at once, or none. */
  pulled: z.int(),
  /** Chunks planned so far; final once `plannedAt` is set. */
  chunks: z.int(),
  chunksDone: z.int(),
  /** Chunks given up; the fan-out is `failed` once nothing but these is left. */
  chunksFailed: z.int(),
  /** Chunks that arrived again and were ignored. */
  redeliveries: z.int(),
  acceptedAt: z.string(),
  ...{ publishedAt: time, startedAt: time, plannedAt: time },
  ...{ firstAt: time, medianAt: time, finishedAt: time },
  traceId: z.string().nullable().optional(),
  /** The database's clock when this was read: subtract from it, never from another machine's clock. */
  now: z.string(),
});

/** One tweet's delivery as the ledger has it. Counts are timelines (deliveries), times ISO 8601 UTC or null. */
export type Delivery = z.infer<typeof delivery>;

const iso = (column: string, name: string) => `${isoUtc(`f.${column}`)} AS "${name}"`;

/** The columns of `fan_out f` that make a {@link Delivery}. */
const COLUMNS = `
  f.tweet_id AS "tweetId", f.author_id AS "authorId", f.state, f.expected, f.delivered, f.cold, f.gone,
  f.pulled, f.chunks, f.chunks_done AS "chunksDone", f.chunks_failed AS "chunksFailed", f.redeliveries,
  ${iso('accepted_at', 'acceptedAt')}, ${iso('published_at', 'publishedAt')}, ${iso('started_at', 'startedAt')},
  ${iso('planned_at', 'plannedAt')}, ${iso('first_at', 'firstAt')}, ${iso('median_at', 'medianAt')},
  ${iso('finished_at', 'finishedAt')}, split_part(f.traceparent, '-', 2) AS "traceId",
  ${isoUtc('clock_timestamp()')} AS now`;

/** The deliveries of these tweets that have a fan-out; seeded tweets have none. */
export async function readDeliveries(pool: pg.Pool, tweetIds: number[]): Promise<Delivery[]> {
  return readRows(pool, delivery, {
    text: `SELECT ${COLUMNS} FROM fan_out f WHERE f.tweet_id = ANY($1)`,
    values: [tweetIds],
  });
}

/**
 * An author's deliveries that are not finished, and those that finished within the last 30 s. A small delivery takes less
 * time than opening a stream, so that a page would miss its end.
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

/**
 * Followers of one chunk: those with ids from `fromId` to `toId`, both included, of `shard` of so many. Without a number they
 * may be of any shard.
 */
const followerRange = z.object({
  shard: z.int(),
  shards: z.int().optional(),
  fromId: z.int(),
  toId: z.int(),
});

export type FollowerRange = z.infer<typeof followerRange>;

// Workers and web processes of two versions run side by side during an upgrade. The version before read these ids in these
// places, among twenty other fields.
const tweetId = z.int();
const owner = z.object({ tweetId, authorId: z.int() });

const progress = z.discriminatedUnion('kind', [
  /** A worker took chunks. */
  z.object({ kind: z.literal('started'), tweetId }),
  /** Chunks are in the timelines of the author's followers in these ranges. */
  z.object({ kind: z.literal('finished'), delivery: owner, ranges: z.array(followerRange) }),
  /** The fan-out was planned, or a chunk was given up, or a chunk that came again was ignored. */
  z.object({ kind: z.literal('changed'), tweetId, delivery: owner }),
]);

/** What workers tell web processes about a fan-out: ids only, the ledger has the figures. */
export type Progress = z.infer<typeof progress>;

export type ChunksFinished = Extract<Progress, { kind: 'finished' }>;

/** The channel of {@link Progress}. */
export const PROGRESS = new HintChannel('progress', progress);

/** Of these users, those whom a fan-out reaches: they followed the author before the tweet. */
export async function reachedAmong(
  pool: pg.Pool,
  { tweetId, authorId }: ChunksFinished['delivery'],
  userIds: number[],
): Promise<Set<number>> {
  const reached = await readRows(pool, z.object({ id: z.int() }), {
    text: 'SELECT follower_id AS id FROM follow WHERE followee_id = $1 AND follower_id = ANY($2) AND since < $3',
    values: [authorId, userIds, tweetId],
  });
  return new Set(reached.map(({ id }) => id));
}
