import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';

const retriedChunks = z.object({ tweetId: z.int(), numbers: z.array(z.int()) });

/** Chunks of one tweet by their numbers. */
export type ChunksOfTweet = z.infer<typeof retriedChunks>;

/** Gives an author's given-up chunks of one tweet another chance, as {@link retryAllFailed}; returns their numbers. */
export async function retryFailed(pool: pg.Pool, authorId: number, tweetId: number): Promise<number[]> {
  const [retried] = await retry(pool, { fanOuts: 'author_id = $1 AND tweet_id = $2' }, [authorId, tweetId]);
  return retried?.numbers ?? [];
}

/**
 * Gives the chunks that were given up another chance, with all their attempts. With an `error`, only those that failed by
 * it. Returns them so that they are published. If the process dies before that, the relay does it: their fan-outs are due.
 */
export async function retryAllFailed(pool: pg.Pool, error: string | null): Promise<ChunksOfTweet[]> {
  return retry(pool, { chunks: '($1::text IS NULL OR c.error = $1)' }, [error]);
}

/**
 * Retries by one statement. It locks the fan-outs before it writes anything, and reads their state under that lock, so that
 * a tweet which is deleted at the same moment stays cancelled, whichever of the two comes first. It locks chunks before
 * their fan-outs, each in the order of their ids, as finishing does, so that they never wait for each other. The backlog's
 * trigger adds what is owed again.
 */
async function retry(
  pool: pg.Pool,
  { fanOuts = 'true', chunks = 'true' }: { fanOuts?: string; chunks?: string },
  values: unknown[],
): Promise<ChunksOfTweet[]> {
  return readRows(pool, retriedChunks, {
    text: `
      WITH failed AS (
        SELECT c.tweet_id, c.number FROM chunk c
        WHERE c.tweet_id = ANY(ARRAY(
          SELECT tweet_id FROM fan_out WHERE chunks_failed > 0 AND state <> 'cancelled' AND ${fanOuts}
        )) AND c.state = 'failed' AND ${chunks}
        ORDER BY c.tweet_id, c.number FOR UPDATE OF c
      ), held AS (
        SELECT tweet_id FROM fan_out
        WHERE tweet_id IN (SELECT tweet_id FROM failed) AND state <> 'cancelled' ORDER BY tweet_id FOR UPDATE
      ), again AS (
        UPDATE chunk c SET state = 'waiting', failures = 0 FROM failed JOIN held USING (tweet_id)
        WHERE c.tweet_id = failed.tweet_id AND c.number = failed.number
        RETURNING c.tweet_id, c.number
      ), retried AS (
        SELECT tweet_id, array_agg(number ORDER BY number) AS numbers FROM again GROUP BY tweet_id
      ), reopened AS (
        UPDATE fan_out f SET state = 'delivering', chunks_failed = chunks_failed - cardinality(retried.numbers),
          finished_at = NULL, due_at = clock_timestamp() + interval '2 seconds'
        FROM retried WHERE f.tweet_id = retried.tweet_id
      )
      SELECT tweet_id AS "tweetId", numbers FROM retried`,
    values,
  });
}
