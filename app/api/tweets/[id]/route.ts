import { route } from '#app/server/api-route.ts';
import { Refusal } from '#app/server/problem.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { tweetIdOf } from '#app/server/tweet-id.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';

/** Deletes the author's own tweet; what is on its way is cancelled. Deleting twice is fine. */
export const DELETE = route<{ id: string }>(async (request, params) => {
  const author = await actingAccount(request);
  const id = tweetIdOf(params);
  if (await deleteTweet(web().pool, author.id, id)) return new Response(null, { status: 204 });
  throw new Refusal('not-found', `Expected a tweet of ${author.handle}, got ${id}`);
});
