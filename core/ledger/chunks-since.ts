import type pg from 'pg';
import { z } from 'zod';
import { packedFollowers } from '#core/ledger/start-and-finish.ts';
import { readRows } from '#core/rows.ts';

export type ChunksSince = {
  shard: number;
  shards: number;
  /** ISO time by Postgres' clock; null when nothing is known, and finished chunks are rebuilt from the ledger. */
  since: string | null;
};

const lostPush = z.object({ tweetId: z.int(), chunk: z.int(), shard: z.int(), followers: z.string() });

/**
 * The pushes that a timeline store may have lost: chunks finished since a moment, and those that were taken and are
 * not finished, whose push may have been before the loss or may come after it.
 */
export async function chunksSince(
  client: pg.PoolClient,
  { shard, shards, since }: ChunksSince,
): Promise<z.infer<typeof lostPush>[]> {
  return readRows(client, lostPush, {
    text: `
      SELECT c.tweet_id AS "tweetId", c.number AS chunk, c.shard, ${packedFollowers('c', shards)} AS followers
      FROM fan_out f JOIN (SELECT c.*, t.author_id FROM chunk c JOIN tweet t ON t.id = c.tweet_id) c
        ON c.tweet_id = f.tweet_id AND c.shard = $1
      WHERE (f.state IN ('waiting', 'delivering', 'failed') OR f.finished_at >= $2::timestamptz)
        AND ((c.state = 'delivered' AND c.finished_at >= $2::timestamptz)
          OR (c.state = 'waiting' AND c.started_at IS NOT NULL))
      ORDER BY c.tweet_id, c.number`,
    values: [shard, since],
  });
}
