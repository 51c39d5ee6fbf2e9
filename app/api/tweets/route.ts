import { after } from 'next/server';
import { answerPost } from '#app/server/answer-post.ts';
import { route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { keyOf } from '#app/server/idempotency-key.ts';
import { publishFanOut } from '#app/server/publish.ts';
import { postTweetRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { type PostOutcome, postTweet } from '#core/tweets/post-tweet.ts';

/** Accepts a tweet. The answer comes after the commit; publishing comes after the answer. */
export const POST = route(async (request) => {
  const author = await actingAccount(request);
  const idempotencyKey = keyOf(request);
  const { text } = await readBody(request, postTweetRequest);
  const { pool, limits, memory, metrics, tally, waitingList } = web();
  const name = `${author.id} ${idempotencyKey}`;
  const bounds = { ...limits, memory: await memory.read(), waiting: { list: waitingList, name } };
  const posted = await postTweet(pool, { authorId: author.id, text, idempotencyKey }, bounds);
  metrics.posted(posted);
  after(() => publishNew(posted));
  return answerPost(posted, { name, limits, tally, waitingList });
});

async function publishNew(posted: PostOutcome): Promise<void> {
  if (posted.outcome !== 'posted' || posted.replayed || posted.delivery.expected === 0) return;
  await publishFanOut(posted.tweet.id);
}
