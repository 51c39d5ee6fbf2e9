import 'server-only';
import { json } from '#app/server/api-route.ts';
import { overCapacity, overRate } from '#app/server/over-limit.ts';
import { Refusal } from '#app/server/problem.ts';
import { retryAfterS } from '#core/admission/admission.ts';
import type { Tally, TallyEntry } from '#core/admission/tally.ts';
import type { PostLimits, PostOutcome } from '#core/tweets/post-tweet.ts';

/** What was posted and how it is counted. */
export type Posting = { draft: TallyEntry; limits: PostLimits; tally: Tally };

/** The HTTP answer to an outcome of posting, counted. Throws the refusals. */
export function answerPost(posted: PostOutcome, { draft, limits, tally }: Posting): Response {
  switch (posted.outcome) {
    case 'posted': {
      if (!posted.replayed) tally.admitted(draft);
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
    case 'full': {
      const retryAfter = retryAfterS(posted.roomInS);
      tally.refused(draft, retryAfter);
      throw overCapacity(posted, retryAfter);
    }
    case 'too fast':
      tally.tooFast();
      throw overRate(posted.waitS, limits);
  }
}
