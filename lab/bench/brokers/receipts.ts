import { audit } from '#core/audit/audit.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { allTags, receiptKey } from '#core/timelines/timeline.ts';
import { delivered, post } from '#lab/load/post.ts';
import { quiet } from '#lab/stage/quiet.ts';
import type { Contestant } from './contestant.ts';

/** How many timelines hold a tweet twice after each of its chunks was delivered a second time. */
export type Twice = { with_receipt: number; without_receipt: number };

/** Lets workers deliver one tweet twice with its receipts, and another one without them. Workers must run. */
export async function deliverTwice(contestant: Contestant, authorId: number): Promise<Twice> {
  const withReceipt = await deliverAndForget(contestant, authorId);
  const without = await deliverAndForget(contestant, authorId);
  for (const tag of allTags(contestant.store)) await contestant.store.redis.del(receiptKey(without, tag));
  return {
    with_receipt: await deliverAgain(contestant, withReceipt),
    without_receipt: await deliverAgain(contestant, without),
  };
}

/** Delivers a tweet and lets the ledger forget it, as if every worker had died between push and ledger row. */
async function deliverAndForget(contestant: Contestant, authorId: number): Promise<number> {
  const tweetId = await post(contestant, authorId);
  await delivered(contestant, [tweetId]);
  await quiet(contestant);
  await contestant.pool.query(
    `WITH forgotten AS (UPDATE chunk SET state = 'waiting', delivered = 0, finished_at = NULL WHERE tweet_id = $1)
     UPDATE fan_out SET state = 'delivering', chunks_done = 0, delivered = 0, cold = 0, gone = 0, finished_at = NULL
     WHERE tweet_id = $1`,
    [tweetId],
  );
  return tweetId;
}

async function deliverAgain(contestant: Contestant, tweetId: number): Promise<number> {
  const { broker, pool, store } = contestant;
  const chunks = await readChunks(pool, tweetId);
  await broker.publish(
    'delivery',
    chunks.map(({ number }) => ({ key: `again-${tweetId}-${number}`, body: { tweetId, chunk: number } })),
  );
  await delivered(contestant, [tweetId]);
  return (await audit(pool, store, tweetId)).twice;
}
