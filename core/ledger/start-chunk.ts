import type pg from 'pg';
import { packedFollowers } from '#core/ledger/packed-followers.ts';

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
 * Takes a chunk: counts the attempt, names the worker, and reads the chunk's followers, in one statement. Returns null
 * when there is nothing to do: the chunk is done or given up, or its fan-out is cancelled.
 */
export async function startChunk(
  pool: pg.Pool,
  { tweetId, number }: ChunkRef,
  { worker, shards }: { worker: string; shards: number },
): Promise<ChunkWork | null> {
  const { rows } = await pool.query<ChunkWork>({
    name: 'start-chunk',
    text: `
      WITH started AS (
        UPDATE chunk c SET attempts = attempts + 1, worker = $3, started_at = clock_timestamp()
        FROM fan_out f
        WHERE c.tweet_id = $1 AND c.number = $2 AND c.state = 'waiting'
          AND f.tweet_id = c.tweet_id AND f.state IN ('waiting', 'delivering')
        RETURNING c.tweet_id, c.number, c.shard, c.expected, c.from_id, c.to_id, f.author_id
      )
      SELECT s.tweet_id AS "tweetId", s.number, s.shard, s.expected, s.author_id AS "authorId",
        s.from_id AS "fromId", s.to_id AS "toId",
        ${packedFollowers('s', '$4')} AS followers
      FROM started s`,
    values: [tweetId, number, worker, shards],
  });
  return rows[0] ?? null;
}
