import type pg from 'pg';
import { z } from 'zod';
import type { DeliveryMessage } from '#core/messages.ts';
import { readRows } from '#core/rows.ts';

/** Counts chunks that came again after they were delivered. Returns whose tweet it is; null when none was delivered. */
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
