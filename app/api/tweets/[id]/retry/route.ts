import { after } from 'next/server';
import { json, route } from '#app/server/api-route.ts';
import { Refusal } from '#app/server/problem.ts';
import { publishChunks } from '#app/server/publish.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { tweetIdOf } from '#app/server/tweet-id.ts';
import { retryFailed } from '#core/ledger/retry-failed.ts';

/** Gives the given-up chunks of the author's own tweet another chance. */
export const POST = route<{ id: string }>(async (request, params) => {
  const author = await actingAccount(request);
  const id = tweetIdOf(params);
  const chunks = await retryFailed(web().pool, author.id, id);
  if (chunks.length === 0)
    throw new Refusal('not-found', `Expected a tweet of ${author.handle} with failed chunks, got ${id}`);
  after(() => publishChunks(id, chunks));
  return json(
    { chunks: chunks.length },
    { status: 202, headers: { location: `/api/tweets/${id}/delivery` } },
  );
});
