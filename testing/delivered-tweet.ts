import type pg from 'pg';
import { planChunks } from '#core/ledger/plan.ts';
import { type ChunkRef, finishChunks, startChunks } from '#core/ledger/start-and-finish.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { pushChunk, type TimelineStore } from '#core/timelines/timeline.ts';
import { addFollowers, addUsers, post, range } from './people.ts';

const CHUNK = 4; // followers

/**
 * Adds an author whose followers all have warm timelines, and a tweet that is in each of them. Returns the tweet's id.
 */
export async function deliverTweet(
  pool: pg.Pool,
  store: TimelineStore,
  { authorId, followers }: { authorId: number; followers: number },
): Promise<number> {
  const ids = range(authorId + 1, authorId + followers);
  await settleOnce(pool, store);
  await addUsers(pool, [authorId, ...ids]);
  await addFollowers(pool, authorId, ids);
  for (const userId of ids) await readHome({ pool, timelines: store }, { userId, limit: 1 });
  return deliverNext(pool, store, authorId);
}

/** Posts another tweet and delivers it. */
export async function deliverNext(pool: pg.Pool, store: TimelineStore, authorId: number): Promise<number> {
  const tweetId = await post(pool, authorId);
  const plan = await planChunks(pool, tweetId, { chunkSize: CHUNK, shards: 1, most: 100 });
  if (plan.outcome !== 'planned') throw new Error(`Expected a plan, got ${plan.outcome}`);
  for (const number of plan.numbers) await deliverChunk(pool, store, { tweetId, number });
  return tweetId;
}

/** Delivers a chunk a second time, as happens when its worker dies between the push and the ledger row. */
export async function deliverAgain(pool: pg.Pool, store: TimelineStore, ref: ChunkRef): Promise<void> {
  await pool.query(
    `WITH forgotten AS (
       UPDATE chunk c SET state = 'waiting', delivered = 0, finished_at = NULL FROM chunk before
       WHERE c.tweet_id = $1 AND c.number = $2 AND before.tweet_id = c.tweet_id AND before.number = c.number
       RETURNING before.delivered
     )
     UPDATE fan_out f SET state = 'delivering', chunks_done = chunks_done - 1, finished_at = NULL,
       delivered = f.delivered - forgotten.delivered
     FROM forgotten WHERE f.tweet_id = $1`,
    [ref.tweetId, ref.number],
  );
  await deliverChunk(pool, store, ref);
}

async function deliverChunk(pool: pg.Pool, store: TimelineStore, ref: ChunkRef): Promise<void> {
  const { tweetId, number } = ref;
  const [work] = await startChunks(pool, { tweetId, chunk: number, count: 1 }, { worker: 'test', shards: 1 });
  if (!work) throw new Error(`Expected chunk ${number} to be there`);
  const result = await pushChunk(store, { ...work, chunk: number });
  await finishChunks(pool, [{ tweetId, pushed: [{ number, ...result }] }]);
}
