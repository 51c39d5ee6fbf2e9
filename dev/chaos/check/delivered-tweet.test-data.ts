import type pg from 'pg';
import { finishChunk } from '#core/ledger/finish-chunk.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { startChunk } from '#core/ledger/start-chunk.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { pushChunk, type TimelineStore } from '#core/timelines/timeline.ts';
import { addFollowers, addUsers, post, range } from '#dev/testing/people.ts';

const CHUNK = 4; // followers

/** An author with followers who all have warm timelines, and a tweet in each of them. Returns the tweet's id. */
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
  const tweetId = await post(pool, authorId);
  const plan = await planChunks(pool, tweetId, { chunkSize: CHUNK, shards: 1, chunks: 100 });
  if (plan.outcome !== 'planned') throw new Error(`Expected a plan, got ${plan.outcome}`);
  for (const number of plan.numbers) await deliverChunk(pool, store, { tweetId, number });
  return tweetId;
}

async function deliverChunk(
  pool: pg.Pool,
  store: TimelineStore,
  ref: { tweetId: number; number: number },
): Promise<void> {
  const work = await startChunk(pool, ref, { worker: 'test', shards: 1 });
  if (!work) throw new Error(`Expected chunk ${ref.number} to be there`);
  await finishChunk(pool, ref, await pushChunk(store, { ...work, chunk: work.number }));
}
