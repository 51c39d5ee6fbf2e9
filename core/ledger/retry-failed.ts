import type pg from 'pg';
import { transaction } from '#core/postgres.ts';

/**
 * Gives an author's given-up chunks another chance, with all their attempts, and returns their numbers to be published;
 * an empty list when there are none. Dying before they are published is fine: the fan-out is due at once.
 */
export async function retryFailed(pool: pg.Pool, authorId: number, tweetId: number): Promise<number[]> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<{ number: number }>(
      `UPDATE chunk c SET state = 'waiting', failures = 0
       FROM fan_out f
       WHERE f.tweet_id = $1 AND f.author_id = $2 AND f.state <> 'cancelled'
         AND c.tweet_id = f.tweet_id AND c.state = 'failed' RETURNING c.number`,
      [tweetId, authorId],
    );
    if (rows.length > 0)
      await client.query(
        `UPDATE fan_out SET state = 'delivering', chunks_failed = chunks_failed - $2, finished_at = NULL,
           due_at = clock_timestamp() + interval '2 seconds' WHERE tweet_id = $1`,
        [tweetId, rows.length],
      );
    return rows.map((row) => row.number).sort((a, b) => a - b);
  });
}
