import type pg from 'pg';
import { z } from 'zod';
import { LEASE } from '#core/ledger/publish.ts';
import type { DeliveryMessage } from '#core/messages.ts';
import { readRows } from '#core/rows.ts';

/** A chunk and what its push did; `redelivered` when its receipt was there and nothing was pushed. */
export type PushedChunk = { number: number; redelivered: boolean; delivered: number; cold: number };

/** Chunks of one fan-out that were pushed. */
export type PushedChunks = { tweetId: number; pushed: PushedChunk[] };

const finished = z.object({
  tweetId: z.int(),
  authorId: z.int(),
  chunks: z.int(),
  isDelivered: z.boolean(),
});

/** A fan-out some of whose chunks were finished just now: is all of it delivered? */
export type FinishedFanOut = z.infer<typeof finished>;

/**
 * Writes the counts of chunks and adds them to their fan-outs, once; the last chunk closes its fan-out (by the trigger
 * `close_fan_out`). Returns these fan-outs, without those whose chunks were all finished or given up before: their receipts
 * stay, and a retry finds them.
 */
export async function finishChunks(
  pool: Pick<pg.Pool, 'query'>,
  fanOuts: PushedChunks[],
): Promise<FinishedFanOut[]> {
  const chunks = fanOuts.flatMap(({ tweetId, pushed }) => pushed.map((chunk) => ({ tweetId, ...chunk })));
  return readRows(pool, finished, {
    name: 'finish-chunks',
    text: `
      WITH pushed AS (
        SELECT * FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[])
          AS p (tweet_id, number, delivered, cold, redelivered)
      ), waiting AS (
        -- Locked in one order, here and below, so that no two of these statements ever wait for each other.
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
      ), held AS (
        SELECT f.tweet_id FROM fan_out f JOIN sum USING (tweet_id) ORDER BY f.tweet_id FOR UPDATE OF f
      )
      UPDATE fan_out f SET
        chunks_done = f.chunks_done + sum.chunks,
        delivered = f.delivered + sum.delivered,
        cold = f.cold + sum.cold,
        gone = f.gone + sum.gone,
        redeliveries = f.redeliveries + sum.redelivered,
        first_at = coalesce(f.first_at, clock_timestamp()),
        median_at = CASE WHEN f.median_at IS NULL
          AND 2 * (f.delivered + sum.delivered + f.cold + sum.cold) >= f.expected
          THEN clock_timestamp() ELSE f.median_at END,
        due_at = clock_timestamp() + $6 * interval '1 ms'
      FROM sum JOIN held USING (tweet_id) WHERE f.tweet_id = held.tweet_id
      RETURNING f.tweet_id AS "tweetId", f.author_id AS "authorId", f.chunks, f.state = 'delivered' AS "isDelivered"`,
    values: [
      chunks.map(({ tweetId }) => tweetId),
      chunks.map(({ number }) => number),
      chunks.map(({ delivered }) => delivered),
      chunks.map(({ cold }) => cold),
      chunks.map(({ redelivered }) => (redelivered ? 1 : 0)),
      LEASE,
    ],
  });
}

/** Counts chunks that came again after they were finished. Returns whose tweet it is, or null when none of them was. */
export async function countRedeliveries(
  pool: pg.Pool,
  { tweetId, chunk, count }: DeliveryMessage,
): Promise<{ authorId: number } | null> {
  const [fanOut = null] = await readRows(pool, z.object({ authorId: z.int() }), {
    text: `
      WITH finished AS (
        SELECT number FROM chunk
        WHERE tweet_id = $1 AND number >= $2 AND number < $2 + $3 AND state = 'delivered' ORDER BY number FOR UPDATE
      ), again AS (
        UPDATE chunk c SET redeliveries = redeliveries + 1 FROM finished
        WHERE c.tweet_id = $1 AND c.number = finished.number RETURNING c.number
      )
      UPDATE fan_out f SET redeliveries = redeliveries + (SELECT count(*) FROM again)
      WHERE f.tweet_id = $1 AND EXISTS (SELECT FROM again) RETURNING f.author_id AS "authorId"`,
    values: [tweetId, chunk, count],
  });
  return fanOut;
}
