import type pg from 'pg';
import { z } from 'zod';
import { LARGEST_ID } from '#core/followers/packs.ts';
import type { PlanOptions } from '#core/ledger/plan.ts';
import { readRows } from '#core/rows.ts';

const found = z.object({ from: z.int(), to: z.int(), expected: z.int() });

type Found = z.infer<typeof found>;

/** Of one chunk: `expected` followers of one shard have ids in `from`..`to`, both included. */
export type Range = Found & { number: number; shard: number };

/** How far a fan-out is planned: up to this id of this shard, in so many chunks. */
type Planned = {
  tweetId: number;
  authorId: number;
  plannedShard: number;
  plannedTo: number;
  chunks: number;
};

/** Up to `options.most` ranges that are next, shard after shard: fewer when there are no more. */
export async function nextRanges(pool: pg.Pool, planned: Planned, options: PlanOptions): Promise<Range[]> {
  const ranges: Range[] = [];
  let after = planned.plannedTo;
  for (let shard = planned.plannedShard; shard < options.shards; shard++) {
    const limit = options.most - ranges.length;
    const next = await rangesAfter(pool, { ...planned, ...options, shard, after, limit });
    for (const range of next) ranges.push({ ...range, shard, number: planned.chunks + ranges.length });
    if (ranges.length === options.most) break;
    after = 0;
  }
  return ranges;
}

type Next = {
  tweetId: number;
  authorId: number;
  chunkSize: number;
  shards: number;
  shard: number;
  after: number;
  limit: number;
};

/** As the packs are cut, when a pack begins where the plan has stopped; else by a walk over the followers. */
async function rangesAfter(pool: pg.Pool, next: Next): Promise<Found[]> {
  if (next.after === LARGEST_ID) return [];
  const packs = await packsAfter(pool, next);
  return packs[0]?.from === next.after + 1 ? packs : walk(pool, next);
}

/** Somebody who has followed since the tweet is in the pack already, and is not counted. */
async function packsAfter(
  pool: pg.Pool,
  { tweetId, authorId, chunkSize, shards, shard, after, limit }: Next,
): Promise<Found[]> {
  return readRows(pool, found, {
    text: `
      SELECT from_id AS "from", to_id AS "to", CASE WHEN newest < $2 THEN count ELSE (
        SELECT count(*)::int FROM follow
        WHERE followee_id = $1 AND since < $2 AND follower_id BETWEEN from_id AND to_id AND follower_id % shards = shard
      ) END AS expected
      FROM follower_pack
      WHERE followee_id = $1 AND shard = $3 AND from_id > $4 AND shards = $5 AND chunk_size = $6
      ORDER BY from_id LIMIT $7`,
    values: [authorId, tweetId, shard, after, shards, chunkSize, limit],
  });
}

async function walk(
  pool: pg.Pool,
  { tweetId, authorId, chunkSize, shards, shard, after, limit }: Next,
): Promise<Found[]> {
  return readRows(pool, found, {
    text: walkOf(shards),
    values: [authorId, tweetId, after, chunkSize, limit, shard],
  });
}

/**
 * Walks the index of `follow` from one boundary to the next: about 0.3 ms a chunk of 4,000, no row is fetched. A full
 * chunk is not counted, it ends at its last follower; what remains in the end is. (Counting each took 0.5 ms.)
 */
const walkOf = (shards: number): string => `
  WITH RECURSIVE follower AS NOT MATERIALIZED (
    SELECT follower_id AS id FROM follow
    WHERE followee_id = $1 AND since < $2 AND (${shards} = 1 OR follower_id % ${shards} = $6::int)
  ), step AS (
    SELECT 0 AS n, $3::int AS to_id
    UNION ALL
    SELECT n + 1, (SELECT id FROM follower WHERE id > step.to_id ORDER BY id OFFSET $4 - 1 LIMIT 1)
    FROM step WHERE n < $5 AND to_id IS NOT NULL
  ), range AS (
    SELECT n, lag(to_id) OVER (ORDER BY n) + 1 AS from_id, to_id FROM step
  )
  SELECT from_id AS "from", coalesce(range.to_id, rest.to_id) AS "to", coalesce(rest.expected, $4) AS expected
  FROM range LEFT JOIN LATERAL (
    SELECT max(id) AS to_id, count(*)::int AS expected FROM follower WHERE range.to_id IS NULL AND id >= from_id
  ) rest ON range.to_id IS NULL
  WHERE n > 0 AND (range.to_id IS NOT NULL OR rest.expected > 0)
  ORDER BY n`;
