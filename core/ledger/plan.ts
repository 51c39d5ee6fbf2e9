import type pg from 'pg';
import type { Cut } from '#core/followers/packs.ts';
import { DELIVERY_COLUMNS, type Delivery } from '#core/ledger/delivery.ts';
import { LEASE } from '#core/ledger/lease.ts';
import { nextRanges, type Range } from '#core/ledger/ranges.ts';
import { durableTransaction } from '#core/postgres.ts';

export type PlanOptions = Cut & {
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
 * The ranges are read before the fan-out's row is locked, up to 70 ms for 230 of them, because every chunk that is
 * finished meanwhile waits for that lock, and the store would run dry. Whoever finds that another has planned on plans none.
 */
export async function planChunks(pool: pg.Pool, tweetId: number, options: PlanOptions): Promise<PlanStep> {
  const fanOut = await readFanOut(pool, tweetId);
  if (!fanOut) return { outcome: 'unknown' };
  const ranges = fanOut.plannedAt ? [] : await nextRanges(pool, { tweetId, ...fanOut }, options);
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
       published_at = coalesce(published_at, clock_timestamp()),
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
