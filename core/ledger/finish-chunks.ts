import type pg from 'pg';
import { DELIVERY_COLUMNS, type Delivery } from '#core/ledger/delivery.ts';
import { LEASE } from '#core/ledger/lease.ts';
import type { DeliveryMessage } from '#core/messages.ts';
import type { PushResult } from '#core/timelines/timeline.ts';

/** A chunk and what its push did. */
export type PushedChunk = PushResult & { number: number };

/** Chunks of one fan-out that were pushed. */
export type PushedChunks = { tweetId: number; pushed: PushedChunk[] };

/** As {@link finishAll}, of one fan-out; null when there was nothing to finish. */
export async function finishChunks(
  pool: pg.Pool,
  tweetId: number,
  pushed: PushedChunk[],
): Promise<Delivery | null> {
  const [delivery = null] = await finishAll(pool, [{ tweetId, pushed }]);
  return delivery;
}

/**
 * Writes the counts of chunks and adds them to their fan-outs, once; the last chunk closes its fan-out. Returns those
 * fan-outs as they are now, without those whose chunks were all finished or given up before: their receipts stay, a
 * retry finds them. Whatever was expected and is neither delivered nor cold has unfollowed: gone.
 */
export async function finishAll(pool: Pick<pg.Pool, 'query'>, fanOuts: PushedChunks[]): Promise<Delivery[]> {
  const chunks = fanOuts.flatMap(({ tweetId, pushed }) => pushed.map((chunk) => ({ tweetId, ...chunk })));
  const { rows } = await pool.query<Delivery>({
    name: 'finish-chunks',
    text: `
      WITH pushed AS (
        SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[])
          AS p (tweet_id, number, delivered, cold, redelivered)
      ), waiting AS (
        -- Locked in one order, here and below, so that no two of these ever wait for each other.
        SELECT c.tweet_id, c.number FROM chunk c JOIN pushed USING (tweet_id, number)
        WHERE c.state = 'waiting' ORDER BY c.tweet_id, c.number FOR UPDATE OF c
      ), done AS (
        UPDATE chunk c SET state = 'delivered', delivered = p.delivered, cold = p.cold,
          gone = c.expected - p.delivered - p.cold, redeliveries = c.redeliveries + p.redelivered,
          finished_at = clock_timestamp(), error = NULL
        FROM waiting w JOIN pushed p USING (tweet_id, number)
        WHERE c.tweet_id = w.tweet_id AND c.number = w.number
        RETURNING c.tweet_id, c.delivered, c.cold, c.gone, p.redelivered
      ), sum AS (
        SELECT tweet_id, count(*)::int AS chunks, sum(delivered)::int AS delivered, sum(cold)::int AS cold,
          sum(gone)::int AS gone, sum(redelivered)::int AS redelivered
        FROM done GROUP BY tweet_id
      ), closing AS (
        -- Locks the row first: of two messages that finish at once the second sees the first one's count.
        SELECT f.tweet_id, f.planned_at IS NOT NULL AND f.state <> 'cancelled'
            AND f.chunks_done + sum.chunks + f.chunks_failed = f.chunks AS last, f.chunks_failed = 0 AS whole
        FROM fan_out f JOIN sum USING (tweet_id) ORDER BY f.tweet_id FOR UPDATE OF f
      )
      UPDATE fan_out f SET
        chunks_done = f.chunks_done + sum.chunks,
        delivered = f.delivered + sum.delivered,
        cold = f.cold + sum.cold,
        gone = CASE WHEN last AND whole THEN f.expected - f.delivered - f.cold - sum.delivered - sum.cold
               ELSE f.gone + sum.gone END,
        redeliveries = f.redeliveries + sum.redelivered,
        first_at = coalesce(f.first_at, clock_timestamp()),
        median_at = CASE WHEN f.median_at IS NULL
          AND 2 * (f.delivered + sum.delivered + f.cold + sum.cold) >= f.expected
          THEN clock_timestamp() ELSE f.median_at END,
        due_at = clock_timestamp() + $6 * interval '1 ms',
        state = CASE WHEN NOT last THEN f.state WHEN whole THEN 'delivered' ELSE 'failed' END,
        finished_at = CASE WHEN last THEN clock_timestamp() ELSE f.finished_at END
      FROM sum JOIN closing USING (tweet_id) WHERE f.tweet_id = closing.tweet_id
      RETURNING ${DELIVERY_COLUMNS}`,
    values: [
      chunks.map(({ tweetId }) => tweetId),
      chunks.map(({ number }) => number),
      chunks.map(({ delivered }) => delivered),
      chunks.map(({ cold }) => cold),
      chunks.map(({ redelivered }) => (redelivered ? 1 : 0)),
      LEASE,
    ],
  });
  return rows;
}

/** Counts chunks that came again after they were finished. Returns the fan-out, or null when there are none of them. */
export async function countRedeliveries(
  pool: pg.Pool,
  { tweetId, chunk, count }: DeliveryMessage,
): Promise<Delivery | null> {
  const { rows } = await pool.query<Delivery>(
    `WITH finished AS (
       SELECT number FROM chunk
       WHERE tweet_id = $1 AND number >= $2 AND number < $2 + $3 AND state = 'delivered' ORDER BY number FOR UPDATE
     ), again AS (
       UPDATE chunk c SET redeliveries = redeliveries + 1 FROM finished
       WHERE c.tweet_id = $1 AND c.number = finished.number RETURNING c.number
     )
     UPDATE fan_out f SET redeliveries = redeliveries + (SELECT count(*) FROM again)
     WHERE f.tweet_id = $1 AND EXISTS (SELECT FROM again) RETURNING ${DELIVERY_COLUMNS}`,
    [tweetId, chunk, count],
  );
  return rows[0] ?? null;
}
