import { createRoute, z } from '@hono/zod-openapi';
import { Refusal } from '#api/problem.ts';
import type { Web } from '#api/root.ts';
import { done, problems, router, signedIn } from '#api/router.ts';
import { tweetId } from '#api/schemas/requests.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { TWEET_CHANGES } from '#core/tweets/tweet-changes.ts';

const deleteATweet = createRoute({
  method: 'delete',
  path: '/api/tweets/{id}',
  summary: 'Deletes an own tweet and cancels its delivery',
  ...signedIn,
  request: { params: z.object({ id: tweetId }) },
  responses: { 204: done, ...problems(401, 403, 404, 408, 503) },
});

/** Deletes tweets. */
export const deletedTweets = router('Tweets').openapi(deleteATweet, async (c) => {
  const { id } = c.req.valid('param');
  const { account } = c.var;
  if (await deleteAndTell(c.env.web, account.id, id)) return c.body(null, 204);
  throw new Refusal('not-found', `Expected a tweet of ${account.handle}, got ${id}`);
});

/** Deletes an author's own tweet and tells those who listen; false when the author has no such tweet. */
export async function deleteAndTell(web: Web, authorId: number, tweetId: number): Promise<boolean> {
  const isDone = await deleteTweet(web.pool, authorId, tweetId);
  if (isDone) TWEET_CHANGES.tell(web.timelines.redis, { kind: 'deleted', tweetId, authorId });
  return isDone;
}
