import type pg from 'pg';
import { packedFollowers } from '#core/ledger/packed-followers.ts';
import type { DeliveryMessage } from '#core/messages.ts';

export type ChunkWork = {
  tweetId: number;
  number: number;
  shard: number;
  expected: number;
  authorId: number;
  fromId: number;
  toId: number;
  /** Those who still follow, packed (see packId); empty when the tweet is deleted. */
  followers: string;
};

export type ChunkRef = { tweetId: number; number: number };

/**
 * Takes the chunks of a message: counts the attempts, names the worker, and reads the chunks' followers, in one
 * statement. Returns them in the order of their numbers, without those for which there is nothing to do: done, given up,
 * or of a fan-out that is cancelled.
 */
export async function startChunks(
  pool: pg.Pool,
  { tweetId, chunk, count }: DeliveryMessage,
  { worker, shards }: { worker: string; shards: number },
): Promise<ChunkWork[]> {
  const { rows } = await pool.query<ChunkWork>({
    name: `start-chunks-of-${shards}`,
    text: `
      WITH waiting AS (
        -- Locked in one order, so that two copies of a message never wait for each other.
        SELECT number FROM chunk
        WHERE tweet_id = $1 AND number >= $2 AND number < $2 + $3 AND state = 'waiting'
        ORDER BY number FOR UPDATE
      ), started AS (
        UPDATE chunk c SET attempts = attempts + 1, worker = $4, started_at = clock_timestamp()
        FROM waiting, fan_out f
        WHERE c.tweet_id = $1 AND c.number = waiting.number
          AND f.tweet_id = $1 AND f.state IN ('waiting', 'delivering')
        RETURNING c.tweet_id, c.number, c.shard, c.expected, c.from_id, c.to_id, f.author_id
      )
      SELECT s.tweet_id AS "tweetId", s.number, s.shard, s.expected, s.author_id AS "authorId",
        s.from_id AS "fromId", s.to_id AS "toId",
        ${packedFollowers('s', shards)} AS followers
      FROM started s ORDER BY s.number`,
    values: [tweetId, chunk, count, worker],
  });
  return rows;
}
