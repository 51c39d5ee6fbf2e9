import { markPublished } from '#core/ledger/due.ts';
import { fanOutOf } from '#core/messages.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';
import { delivered } from '#lab/stage/post.ts';
import type { Stage } from '#lab/stage/stage.ts';
import type { Moments } from './in-request.ts';

const clock = () => performance.timeOrigin + performance.now(); // the machine's, as is the ledger's

/** This repository: committed, answered, and only then published; delivered by the workers. */
export async function postThroughQueue(stage: Stage, authorId: number): Promise<Moments> {
  const began = clock();
  const tweetId = await accept(stage, authorId);
  const answer = clock() - began;
  await publish(stage, tweetId);
  const [delivery] = await delivered(stage, [tweetId]);
  const at = (time: string | null | undefined) => Date.parse(time ?? '') - began;
  return {
    answer,
    first: at(delivery?.firstAt),
    median: at(delivery?.medianAt),
    last: at(delivery?.finishedAt),
  };
}

/** The transaction of the post; returns the tweet's id. */
export async function accept({ pool }: Pick<Stage, 'pool'>, authorId: number): Promise<number> {
  const draft = { authorId, text: 'A tweet of the bench', idempotencyKey: crypto.randomUUID() };
  const posted = await postTweet(pool, draft);
  if (posted.outcome !== 'posted') throw new Error(`Expected a posted tweet, got: ${posted.outcome}`);
  return posted.tweet.id;
}

/** What the web process does after its answer. */
export async function publish(
  { pool, broker }: Pick<Stage, 'pool' | 'broker'>,
  tweetId: number,
): Promise<void> {
  await broker.publish('fan-out', [fanOutOf(tweetId)]);
  await markPublished(pool, [tweetId]);
}
