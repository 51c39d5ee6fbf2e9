import type { Redis } from 'ioredis';
import { z } from 'zod';
import { idRow, readRow, readRows } from '#core/rows.ts';
import { pushChunk, timelineKey } from '#core/timelines/timeline.ts';
import { timed } from '#lab/harness/in-turn.ts';
import type { Audience } from '#lab/load/full-timelines.ts';
import type { Connections } from '#lab/stage/connect.ts';

/** A way to bring a tweet to every follower of an author. Each call delivers one tweet and returns its seconds. */
export type Method = () => Promise<number>;

const IN_FLIGHT = 2; // calls; with one, the store waits for the next while the reply travels

/**
 * Runs the same Lua push, fed from memory by one connection, without Postgres, broker or other processes. This is the
 * most that the store can take, on this machine, in this minute.
 */
export async function ceiling(stage: Connections, audience: Audience): Promise<Method> {
  const chunks = await readChunks(stage, audience);
  return async () => {
    const tweetId = await nextTweetId(stage);
    return timed(() => pushChunks(stage, chunks, tweetId));
  };
}

const packedChunk = z.object({ shard: z.number(), followers: z.string() });
type PackedChunk = z.infer<typeof packedChunk>;

async function pushChunks({ store }: Connections, chunks: PackedChunk[], tweetId: number): Promise<void> {
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
  return readRows(pool, packedChunk, {
    text: `SELECT shard, encode(string_agg(int4send(follower_id), ''), 'hex') AS followers
     FROM (
       SELECT follower_id, follower_id % $2::int AS shard,
         (row_number() OVER (PARTITION BY follower_id % $2::int ORDER BY follower_id) - 1) / $3::int AS number
       FROM follow WHERE followee_id = $1
     ) AS follower
     GROUP BY shard, number ORDER BY shard, number`,
    values: [authorId, store.shards, config.CHUNK_SIZE],
  });
}

const PAGE = 10_000; // followers; all of them at once would take gigabytes of the process's memory

/** One process reads the followers and pipelines LPUSH and LTRIM for each, as a route handler might on its own. */
export function clientPipeline(stage: Connections, { authorId, count }: Audience): Method {
  const { redis, cap } = stage.store;
  return async () => {
    const tweetId = await nextTweetId(stage);
    return timed(async () => {
      for await (const page of followerPages(stage, { authorId, page: PAGE, limit: count })) {
        const keys = page.map((id) => timelineKey(id, stage.store));
        await pushKeys(redis, keys, { tweetId, cap });
      }
    });
  };
}

async function pushKeys(redis: Redis, keys: string[], { tweetId, cap }: { tweetId: number; cap: number }) {
  const pipeline = redis.pipeline();
  for (const key of keys) pipeline.lpush(key, tweetId).ltrim(key, 0, cap - 1);
  const replies = await pipeline.exec();
  const failed = replies?.find(([error]) => error !== null);
  if (!replies || failed) throw failed?.[0] ?? new Error('Expected replies of the pipeline, got none');
}

/**
 * Timelines as a table, filled by one statement. It starts empty, which favours it: an index that holds every
 * timeline's last 800 entries is slower to add to.
 */
export async function insertSelect(stage: Connections, { authorId }: Audience): Promise<Method> {
  const { pool } = stage;
  // Without autovacuum, which would run while the other methods are measured.
  await pool.query(
    `CREATE TABLE bench_timeline (
       follower_id INTEGER, tweet_id BIGINT, PRIMARY KEY (follower_id, tweet_id)
     ) WITH (autovacuum_enabled = false)`,
  );
  return async () => {
    const tweetId = await nextTweetId(stage);
    const seconds = await timed(() =>
      pool.query(
        `INSERT INTO bench_timeline (follower_id, tweet_id)
         SELECT follower_id, $2 FROM follow WHERE followee_id = $1`,
        [authorId, tweetId],
      ),
    );
    await pool.query('CHECKPOINT'); // or the next method would wait for a million rows to be written back
    return seconds;
  };
}

/** The id of a tweet that only this bench knows. */
export async function nextTweetId({ pool }: Pick<Connections, 'pool'>): Promise<number> {
  const { id } = await readRow(pool, idRow, { text: `SELECT nextval('tweet_id_seq') AS id` });
  return id;
}

/** The author's followers as an ordinary client reads them: rows, page by page along the index. */
export async function* followerPages(
  { pool }: Pick<Connections, 'pool'>,
  { authorId, page, limit }: { authorId: number; page: number; limit: number },
): AsyncGenerator<number[]> {
  let after = 0;
  for (let left = limit; left > 0; ) {
    // Unlike elsewhere, these rows are not checked: what is timed is a client that does no more than it must.
    const { rows } = await pool.query<{ id: number }>(
      `SELECT follower_id AS id FROM follow WHERE followee_id = $1 AND follower_id > $2
       ORDER BY follower_id LIMIT $3`,
      [authorId, after, Math.min(page, left)],
    );
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map(({ id }) => id);
    after = last.id;
    left -= rows.length;
  }
}
