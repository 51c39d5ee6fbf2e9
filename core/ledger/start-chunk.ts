import type pg from 'pg';

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
 * Takes a chunk: counts the attempt, names the worker, and reads the chunk's followers, in one statement. Packed on
 * the server: 0.04 s of Node's time for a million ids instead of 0.2. Returns null when there is nothing to do: the
 * chunk is done or given up, or its fan-out is cancelled.
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
        coalesce((
          SELECT encode(string_agg(int4send(follower_id), ''), 'hex') FROM follow
          WHERE followee_id = s.author_id AND follower_id BETWEEN s.from_id AND s.to_id AND since < s.tweet_id
            AND ($4::int = 1 OR follower_id % $4 = s.shard)
            AND EXISTS (SELECT FROM tweet t WHERE t.id = s.tweet_id AND t.deleted_at IS NULL)
        ), '') AS followers
      FROM started s`,
    values: [tweetId, number, worker, shards],
  });
  return rows[0] ?? null;
}
