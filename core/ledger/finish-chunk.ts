import type pg from 'pg';
import { DELIVERY_COLUMNS, type Delivery } from '#core/ledger/delivery.ts';
import { LEASE } from '#core/ledger/lease.ts';
import type { ChunkRef } from '#core/ledger/start-chunk.ts';
import type { PushResult } from '#core/timelines/timeline.ts';

/**
 * Writes a chunk's counts and adds them to its fan-out, once; the last chunk closes the fan-out. Returns the fan-out
 * as it is now, or null when the chunk was finished or given up before: its receipt stays, a retry finds it. Whatever
 * was expected and is neither delivered nor cold has unfollowed: gone.
 */
export async function finishChunk(
  pool: pg.Pool,
  chunk: ChunkRef,
  result: PushResult,
): Promise<Delivery | null> {
  const { rows } = await pool.query<Delivery>({
    name: 'finish-chunk',
    text: `
      WITH done AS (
        UPDATE chunk SET state = 'delivered', delivered = $3, cold = $4, gone = expected - $3 - $4,
          redeliveries = redeliveries + $5, finished_at = clock_timestamp(), error = NULL
        WHERE tweet_id = $1 AND number = $2 AND state = 'waiting'
        RETURNING delivered, cold, gone
      ), closing AS (
        -- Locks the row first: of two chunks that finish at once the second sees the first one's count.
        SELECT f.tweet_id, f.planned_at IS NOT NULL AND f.state <> 'cancelled'
            AND f.chunks_done + 1 + f.chunks_failed = f.chunks AS last, f.chunks_failed = 0 AS whole
        FROM fan_out f, done WHERE f.tweet_id = $1 FOR UPDATE OF f
      )
      UPDATE fan_out f SET
        chunks_done = f.chunks_done + 1,
        delivered = f.delivered + done.delivered,
        cold = f.cold + done.cold,
        gone = CASE WHEN last AND whole THEN f.expected - f.delivered - f.cold - done.delivered - done.cold
               ELSE f.gone + done.gone END,
        redeliveries = f.redeliveries + $5,
        first_at = coalesce(f.first_at, clock_timestamp()),
        median_at = CASE WHEN f.median_at IS NULL
          AND 2 * (f.delivered + done.delivered + f.cold + done.cold) >= f.expected
          THEN clock_timestamp() ELSE f.median_at END,
        due_at = clock_timestamp() + $6 * interval '1 ms',
        state = CASE WHEN NOT last THEN f.state WHEN whole THEN 'delivered' ELSE 'failed' END,
        finished_at = CASE WHEN last THEN clock_timestamp() ELSE f.finished_at END
      FROM done, closing WHERE f.tweet_id = closing.tweet_id
      RETURNING ${DELIVERY_COLUMNS}`,
    values: [chunk.tweetId, chunk.number, result.delivered, result.cold, result.redelivered ? 1 : 0, LEASE],
  });
  return rows[0] ?? null;
}

/** Counts a chunk that came again after it was finished. Returns the fan-out, or null when there is no such chunk. */
export async function countRedelivery(
  pool: pg.Pool,
  { tweetId, number }: ChunkRef,
): Promise<Delivery | null> {
  const { rows } = await pool.query<Delivery>(
    `WITH again AS (
       UPDATE chunk SET redeliveries = redeliveries + 1
       WHERE tweet_id = $1 AND number = $2 AND state = 'delivered' RETURNING tweet_id
     )
     UPDATE fan_out f SET redeliveries = redeliveries + 1 FROM again
     WHERE f.tweet_id = again.tweet_id RETURNING ${DELIVERY_COLUMNS}`,
    [tweetId, number],
  );
  return rows[0] ?? null;
}
