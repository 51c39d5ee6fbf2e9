import type pg from 'pg';
import { z } from 'zod';
import { type Cut, LARGEST_ID } from '#core/followers/packs.ts';
import { LEASE } from '#core/ledger/publish.ts';
import { durableTransaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';

export type PlanOptions = Cut & {
  /** Chunks to plan in this step. */
  most: number;
};

/**
 * `unknown`: there is no such fan-out. `closed`: it is finished, failed or cancelled, and there is nothing to plan.
 * `planned`: `numbers` are new, and `chunks` are planned so far.
 */
export type PlanStep =
  | { outcome: 'unknown' }
  | { outcome: 'closed' }
  | { outcome: 'planned'; numbers: number[]; isComplete: boolean; authorId: number; chunks: number };

const fanOutRow = z.object({
  state: z.enum(['waiting', 'delivering', 'delivered', 'failed', 'cancelled']),
  chunks: z.int(),
  isPlanned: z.boolean(),
  authorId: z.int(),
  plannedShard: z.int(),
  plannedTo: z.int(),
});

/**
 * Plans the next chunks of a fan-out and returns their numbers. Planning goes on where the ledger says that it stopped. So
 * every range is planned once, however often and by however many workers this is called. Thanks to the steps, the first
 * chunks are delivered while the last ones are planned: planning a million in one statement would make the whole delivery
 * a quarter longer.
 *
 * The ranges are read before the fan-out's row is locked. That takes up to 70 ms for 230 ranges, and every chunk that is
 * finished meanwhile would wait for the lock, so that the store would run dry. When another worker has planned further in
 * between, this one plans nothing.
 */
export async function planChunks(pool: pg.Pool, tweetId: number, options: PlanOptions): Promise<PlanStep> {
  const fanOut = await readFanOut(pool, tweetId);
  if (!fanOut) return { outcome: 'unknown' };
  const ranges = fanOut.isPlanned ? [] : await nextRanges(pool, { tweetId, ...fanOut }, options);
  // A plan that a crash of Postgres took back could be made again with other ranges, under the same receipts.
  return durableTransaction(pool, async (client) => {
    const locked = await readFanOut(client, tweetId, 'FOR UPDATE');
    if (locked?.state !== 'waiting' && locked?.state !== 'delivering') return { outcome: 'closed' };
    const isUnchanged = locked.chunks === fanOut.chunks && !locked.isPlanned;
    const planned = isUnchanged ? ranges : [];
    const isComplete = locked.isPlanned || (isUnchanged && ranges.length < options.most);
    await insertChunks(client, tweetId, planned);
    await advance(client, tweetId, { planned, isComplete });
    return {
      ...{ outcome: 'planned', isComplete, authorId: fanOut.authorId },
      numbers: planned.map(({ number }) => number),
      chunks: locked.chunks + planned.length,
    };
  });
}

async function readFanOut(client: Pick<pg.Pool, 'query'>, tweetId: number, lock: 'FOR UPDATE' | '' = '') {
  const [fanOut] = await readRows(client, fanOutRow, {
    text: `
      SELECT state, chunks, planned_at IS NOT NULL AS "isPlanned", author_id AS "authorId",
        planned_shard AS "plannedShard", planned_to AS "plannedTo"
      FROM fan_out WHERE tweet_id = $1 ${lock}`,
    values: [tweetId],
  });
  return fanOut;
}

async function insertChunks(client: pg.PoolClient, tweetId: number, ranges: Range[]) {
  if (ranges.length === 0) return;
  await client.query(
    `INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected)
     SELECT $1, * FROM unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::int[])`,
    [
      tweetId,
      ranges.map((range) => range.number),
      ranges.map((range) => range.shard),
      ranges.map((range) => range.from),
      ranges.map((range) => range.to),
      ranges.map((range) => range.expected),
    ],
  );
}

type Step = { planned: Range[]; isComplete: boolean };

/** Moves the planning on. A plan all of whose chunks are done already is closed by the trigger `close_fan_out`. */
async function advance(client: pg.PoolClient, tweetId: number, { planned, isComplete }: Step): Promise<void> {
  const last = planned.at(-1);
  await readRow(client, z.object({}), {
    text: `
      UPDATE fan_out SET
        chunks = chunks + $2,
        planned_shard = coalesce($3, planned_shard), planned_to = coalesce($4, planned_to),
        published_at = coalesce(published_at, clock_timestamp()),
        started_at = coalesce(started_at, clock_timestamp()),
        planned_at = CASE WHEN $5 THEN coalesce(planned_at, clock_timestamp()) END,
        due_at = greatest(due_at, clock_timestamp() + $6 * interval '1 ms'), -- the relay may have given it longer
        state = 'delivering'
      WHERE tweet_id = $1 RETURNING tweet_id`,
    values: [tweetId, planned.length, last?.shard ?? null, last?.to ?? null, isComplete, LEASE],
  });
}

const found = z.object({ from: z.int(), to: z.int(), expected: z.int() });

type Found = z.infer<typeof found>;

/** Of one chunk: `expected` followers of one shard have ids in `from`..`to`, both included. */
type Range = Found & { number: number; shard: number };

/** How far a fan-out is planned: up to this id of this shard, in so many chunks. */
type Planned = {
  tweetId: number;
  authorId: number;
  plannedShard: number;
  plannedTo: number;
  chunks: number;
};

/** Up to `options.most` ranges that are next, shard after shard: fewer when there are no more. */
async function nextRanges(pool: pg.Pool, planned: Planned, options: PlanOptions): Promise<Range[]> {
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

/** Takes the ranges of packs, if a pack begins where the plan has stopped. Otherwise it walks over the followers. */
async function rangesAfter(pool: pg.Pool, next: Next): Promise<Found[]> {
  if (next.after === LARGEST_ID) return [];
  const packs = await packsAfter(pool, next);
  return packs[0]?.from === next.after + 1 ? packs : walk(pool, next);
}

/** Whoever has followed since the tweet is in the pack already, but is not counted. */
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
 * Walks the index of `follow` from one boundary to the next, without fetching a row: about 0.3 ms for a chunk of 4,000. A
 * full chunk ends at its last follower and is not counted; the rest at the end is. (Counting every chunk took 0.5 ms.)
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
