import type pg from 'pg';
import { DELIVERY_COLUMNS, type Delivery } from '#core/ledger/delivery.ts';
import { LEASE } from '#core/ledger/lease.ts';
import { durableTransaction } from '#core/postgres.ts';

export type PlanOptions = {
  /** Followers a chunk. */
  chunkSize: number;
  shards: number;
  /** Chunks to plan in this step. */
  chunks: number;
};

/** `unknown`: there is no such fan-out. `closed`: it is finished, failed or cancelled; nothing to plan. */
export type PlanStep =
  | { outcome: 'unknown' }
  | { outcome: 'closed' }
  | { outcome: 'planned'; numbers: number[]; complete: boolean; delivery: Delivery };

type FanOutRow = Pick<Delivery, 'state' | 'chunks' | 'plannedAt'> & {
  authorId: number;
  plannedShard: number;
  plannedTo: number;
};

/**
 * Plans the next chunks of a fan-out and returns their numbers. Planning goes on from where the ledger says it
 * stopped: every range is planned once, however often and by however many workers this is called. Steps let the first
 * chunks be delivered while the last are still being planned: planning a million in one statement would add a quarter
 * of the whole delivery's time in front of it.
 *
 * The ranges are read before the fan-out's row is locked, 60 ms for 180 of them, because every chunk that is finished
 * meanwhile waits for that lock, and the store would run dry. Whoever finds that another has planned on plans none.
 */
export async function planChunks(pool: pg.Pool, tweetId: number, options: PlanOptions): Promise<PlanStep> {
  const fanOut = await readFanOut(pool, tweetId);
  if (!fanOut) return { outcome: 'unknown' };
  const ranges = fanOut.plannedAt ? [] : await nextRanges(pool, { tweetId, fanOut, options });
  // A plan that a crash of Postgres took back could be made again with other ranges, under the same receipts.
  return durableTransaction(pool, async (client) => {
    const locked = await readFanOut(client, tweetId, 'FOR UPDATE');
    if (locked?.state !== 'waiting' && locked?.state !== 'delivering') return { outcome: 'closed' };
    const alone = locked.chunks === fanOut.chunks && !locked.plannedAt;
    const planned = alone ? ranges : [];
    const complete = locked.plannedAt !== null || (alone && ranges.length < options.chunks);
    await insertChunks(client, tweetId, planned);
    const last = planned.at(-1);
    const delivery = await advance(client, { tweetId, last, count: planned.length, complete });
    return { outcome: 'planned', numbers: planned.map((chunk) => chunk.number), complete, delivery };
  });
}

async function readFanOut(
  client: Pick<pg.Pool, 'query'>,
  tweetId: number,
  lock: 'FOR UPDATE' | '' = '',
): Promise<FanOutRow | undefined> {
  const { rows } = await client.query<FanOutRow>(
    `SELECT state, chunks, planned_at AS "plannedAt", author_id AS "authorId",
       planned_shard AS "plannedShard", planned_to AS "plannedTo"
     FROM fan_out WHERE tweet_id = $1 ${lock}`,
    [tweetId],
  );
  return rows[0];
}

type Range = { number: number; shard: number; from: number; to: number; expected: number };
type RangeQuery = { tweetId: number; fanOut: FanOutRow; options: PlanOptions };

/** Up to `options.chunks` ranges, shard after shard. */
async function nextRanges(pool: pg.Pool, { tweetId, fanOut, options }: RangeQuery): Promise<Range[]> {
  const ranges: Range[] = [];
  let after = fanOut.plannedTo;
  for (let shard = fanOut.plannedShard; shard < options.shards; shard++) {
    const { rows } = await pool.query<Omit<Range, 'number' | 'shard'>>(rangesOf(options.shards), [
      fanOut.authorId,
      tweetId,
      after,
      options.chunkSize,
      options.chunks - ranges.length,
      shard,
    ]);
    for (const row of rows) ranges.push({ ...row, shard, number: fanOut.chunks + ranges.length });
    if (ranges.length === options.chunks) break;
    after = 0;
  }
  return ranges;
}

/**
 * Walks the index of `follow` from one boundary to the next: about 0.35 ms a chunk of 5,000, no row is fetched. A full
 * chunk is not counted, it ends at its last follower; what remains in the end is. (Counting each took 0.5 ms.)
 */
const rangesOf = (shards: number): string => `
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

type Advance = { tweetId: number; last: Range | undefined; count: number; complete: boolean };

/** Moves the planning on; closes the fan-out when the plan turns out to hold nothing that is not done. */
async function advance(
  client: pg.PoolClient,
  { tweetId, last, count, complete }: Advance,
): Promise<Delivery> {
  const { rows } = await client.query<Delivery>(
    `UPDATE fan_out f SET
       chunks = chunks + $2,
       planned_shard = coalesce($3, planned_shard), planned_to = coalesce($4, planned_to),
       started_at = coalesce(started_at, clock_timestamp()),
       planned_at = CASE WHEN $5 THEN coalesce(planned_at, clock_timestamp()) END,
       due_at = clock_timestamp() + $6 * interval '1 ms',
       state = CASE
         WHEN $5 AND chunks_done = chunks + $2 THEN 'delivered'
         WHEN $5 AND chunks_done + chunks_failed = chunks + $2 THEN 'failed'
         ELSE 'delivering' END::fan_out_state,
       gone = CASE WHEN $5 AND chunks_done = chunks + $2 THEN expected - delivered - cold ELSE gone END,
       finished_at = CASE WHEN $5 AND chunks_done + chunks_failed = chunks + $2 THEN clock_timestamp() END
     WHERE tweet_id = $1 RETURNING ${DELIVERY_COLUMNS}`,
    [tweetId, count, last?.shard ?? null, last?.to ?? null, complete, LEASE],
  );
  const delivery = rows[0];
  if (!delivery) throw new Error(`Expected a fan-out row for tweet ${tweetId}, found none`);
  return delivery;
}
