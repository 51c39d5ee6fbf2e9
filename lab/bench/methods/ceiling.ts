import { pushChunk } from '#core/timelines/timeline.ts';
import { timed } from '#lab/harness/in-turn.ts';
import type { Audience } from '#lab/load/full-timelines.ts';
import type { Connections } from '#lab/stage/connect.ts';
import { type Method, nextTweetId } from './method.ts';

const IN_FLIGHT = 2; // calls; with one, the store waits for the next while the reply travels

/**
 * The same Lua push, fed from memory by one connection: no Postgres, no broker, no other process. The most that the
 * store can take, on this machine, in this minute.
 */
export async function ceiling(stage: Connections, audience: Audience): Promise<Method> {
  const chunks = await readChunks(stage, audience);
  return async () => {
    const tweetId = await nextTweetId(stage);
    return timed(() => pushAll(stage, chunks, tweetId));
  };
}

type PackedChunk = { shard: number; followers: string };

async function pushAll({ store }: Connections, chunks: PackedChunk[], tweetId: number): Promise<void> {
  const waiting = chunks.entries();
  const push = async () => {
    for (const [chunk, { shard, followers }] of waiting)
      await pushChunk(store, { tweetId, chunk, shard, followers });
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, push));
}

async function readChunks(
  { pool, store, config }: Connections,
  { authorId }: Audience,
): Promise<PackedChunk[]> {
  const { rows } = await pool.query<PackedChunk>(
    `SELECT shard, encode(string_agg(int4send(follower_id), ''), 'hex') AS followers
     FROM (
       SELECT follower_id, follower_id % $2::int AS shard,
         (row_number() OVER (PARTITION BY follower_id % $2::int ORDER BY follower_id) - 1) / $3::int AS number
       FROM follow WHERE followee_id = $1
     ) AS follower
     GROUP BY shard, number ORDER BY shard, number`,
    [authorId, store.shards, config.CHUNK_SIZE],
  );
  return rows;
}
