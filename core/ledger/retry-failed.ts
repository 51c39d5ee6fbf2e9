import type pg from 'pg';
import { z } from 'zod';
import { transaction } from '#core/postgres.ts';
import { readRows } from '#core/rows.ts';

const retriedChunks = z.object({ tweetId: z.int(), numbers: z.array(z.int()) });

/** Chunks of one tweet by their numbers. */
export type ChunksOfTweet = z.infer<typeof retriedChunks>;

/** Gives an author's given-up chunks of one tweet another chance, as {@link retryAllFailed}; returns their numbers. */
export async function retryFailed(pool: pg.Pool, authorId: number, tweetId: number): Promise<number[]> {
  const [retried] = await retry(pool, 'f.author_id = $1 AND f.tweet_id = $2', [authorId, tweetId]);
  return retried?.numbers ?? [];
}

/**
 * Gives every author's given-up chunks another chance, with all their attempts; with an `error`, only those that failed by
 * it. Returns them to be published. Dying before that is fine: their fan-outs are due.
 */
export async function retryAllFailed(pool: pg.Pool, error: string | null): Promise<ChunksOfTweet[]> {
  return retry(pool, '($1::text IS NULL OR c.error = $1)', [error]);
}

async function retry(pool: pg.Pool, condition: string, values: unknown[]): Promise<ChunksOfTweet[]> {
  return transaction(pool, async (client) => {
    const retried = await readRows(client, retriedChunks, {
      text: `
        WITH again AS (
          UPDATE chunk c SET state = 'waiting', failures = 0
          FROM fan_out f
          WHERE f.chunks_failed > 0 AND f.state <> 'cancelled' AND c.tweet_id = f.tweet_id AND c.state = 'failed'
            AND ${condition}
          RETURNING c.tweet_id, c.number
        )
        SELECT tweet_id AS "tweetId", array_agg(number ORDER BY number) AS numbers FROM again GROUP BY tweet_id`,
      values,
    });
    await reopen(client, retried);
    return retried;
  });
}

/** The backlog's trigger adds what is owed again. The rows are locked in the order of their ids, as finishing does. */
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
