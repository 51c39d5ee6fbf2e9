import type pg from 'pg';
import { transaction } from '#core/postgres.ts';

/** Chunks of one tweet by their numbers. */
export type ChunksOfTweet = { tweetId: number; numbers: number[] };

/**
 * Gives every given-up chunk another chance, whoever's it is; with an `error`, those alone that failed by it. Returns
 * them to be published. Dying before that is fine: their fan-outs are due.
 */
export async function retryAllFailed(pool: pg.Pool, error: string | null): Promise<ChunksOfTweet[]> {
  return transaction(pool, async (client) => {
    const { rows } = await client.query<ChunksOfTweet>(
      `WITH again AS (
         UPDATE chunk c SET state = 'waiting', failures = 0
         FROM fan_out f
         WHERE f.chunks_failed > 0 AND f.state <> 'cancelled' AND c.tweet_id = f.tweet_id AND c.state = 'failed'
           AND ($1::text IS NULL OR c.error = $1)
         RETURNING c.tweet_id, c.number
       )
       SELECT tweet_id AS "tweetId", array_agg(number ORDER BY number) AS numbers FROM again GROUP BY tweet_id`,
      [error],
    );
    await reopen(client, rows);
    return rows;
  });
}

/** The backlog's trigger adds what is owed again. Locked in the order of their ids, as whoever finishes several does. */
async function reopen(client: pg.PoolClient, retried: ChunksOfTweet[]): Promise<void> {
  await client.query(
    `WITH held AS (SELECT tweet_id FROM fan_out WHERE tweet_id = ANY($1::bigint[]) ORDER BY tweet_id FOR UPDATE)
     UPDATE fan_out f SET state = 'delivering', chunks_failed = chunks_failed - again.count, finished_at = NULL,
       due_at = clock_timestamp() + interval '2 seconds'
     FROM held JOIN unnest($1::bigint[], $2::int[]) AS again (tweet_id, count) USING (tweet_id)
     WHERE f.tweet_id = held.tweet_id`,
    [retried.map(({ tweetId }) => tweetId), retried.map(({ numbers }) => numbers.length)],
  );
}
