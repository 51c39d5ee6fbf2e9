import 'server-only';
import { json } from '#app/server/api-route.ts';
import { overCapacity, overRate } from '#app/server/over-limit.ts';
import { Refusal } from '#app/server/problem.ts';
import type { PostLimits, PostOutcome } from '#core/tweets/post-tweet.ts';

/** The HTTP answer to an outcome of posting. Throws the refusals. */
export function answerPost(posted: PostOutcome, limits: PostLimits): Response {
  switch (posted.outcome) {
    case 'posted': {
      const { tweet, delivery } = posted;
      const headers = { location: `/api/tweets/${tweet.id}/delivery` };
      return json({ tweet, delivery }, { status: 202, headers });
    }
    case 'in progress':
      throw new Refusal('idempotency-in-progress', 'This Idempotency-Key is being answered: ask again.', {
        headers: { 'retry-after': '1' },
      });
    case 'mismatch':
      throw new Refusal('idempotency-mismatch', 'This Idempotency-Key had another body: take a new key.');
    case 'full':
      throw overCapacity(posted);
    case 'too fast':
      throw overRate(posted.waitS, limits);
  }
}
