import { after } from 'next/server';
import { json, route } from '#app/server/api-route.ts';
import { readBody } from '#app/server/body.ts';
import { overCapacity, overRate } from '#app/server/over-limit.ts';
import { Refusal } from '#app/server/problem.ts';
import { publishFanOut } from '#app/server/publish.ts';
import { idempotencyKey, postTweetRequest } from '#app/server/requests.ts';
import { web } from '#app/server/root.ts';
import { actingAccount } from '#app/server/session.ts';
import { postTweet } from '#core/tweets/post-tweet.ts';

/** Accepts a tweet. The answer comes after the commit; publishing comes after the answer. */
export const POST = route(async (request) => {
  const author = await actingAccount(request);
  const key = requireKey(request);
  const { text } = await readBody(request, postTweetRequest);
  const posted = await postTweet(
    web().pool,
    { authorId: author.id, text, idempotencyKey: key },
    web().limits,
  );
  switch (posted.outcome) {
    case 'in progress':
      throw new Refusal(
        'idempotency-in-progress',
        'This Idempotency-Key is being answered right now: ask again.',
        {
          headers: { 'retry-after': '1' },
        },
      );
    case 'mismatch':
      throw new Refusal(
        'idempotency-mismatch',
        'This Idempotency-Key was used for another body: take a new key.',
      );
    case 'full':
      throw overCapacity(posted);
    case 'too fast':
      throw overRate(posted.waitS, web().limits);
    case 'posted': {
      const { tweet, delivery, replayed } = posted;
      if (!replayed && delivery.expected > 0) after(() => publishFanOut(tweet.id));
      return json(
        { tweet, delivery },
        { status: 202, headers: { location: `/api/tweets/${tweet.id}/delivery` } },
      );
    }
  }
});

function requireKey(request: Request): string {
  const key = request.headers.get('idempotency-key');
  if (key === null)
    throw new Refusal(
      'idempotency-key-missing',
      'Idempotency-Key: expected a header with a new UUID for each tweet',
      {
        errors: [{ field: 'Idempotency-Key', message: 'Expected a header with a new UUID for each tweet' }],
      },
    );
  const result = idempotencyKey.safeParse(key);
  if (result.success) return result.data;
  const message = result.error.issues[0]?.message ?? 'Expected another value';
  throw new Refusal('validation', `Idempotency-Key: ${message}`, {
    errors: [{ field: 'Idempotency-Key', message }],
  });
}
