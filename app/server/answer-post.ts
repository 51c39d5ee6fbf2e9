import 'server-only';
import { json } from '#app/server/api-route.ts';
import { overCapacity, overRate } from '#app/server/over-limit.ts';
import { Refusal } from '#app/server/problem.ts';
import type { Tally } from '#core/admission/tally.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';
import type { PostLimits, PostOutcome } from '#core/tweets/post-tweet.ts';

/** What was posted, by a name that its retries have too, and who has to know of the answer. */
export type Posting = { name: string; limits: PostLimits; tally: Tally; waitingList: WaitingList };

/** The HTTP answer to an outcome of posting, counted. Throws the refusals. */
export function answerPost(posted: PostOutcome, { name, limits, tally, waitingList }: Posting): Response {
  switch (posted.outcome) {
    case 'posted': {
      waitingList.leave(name);
      if (!posted.replayed) tally.admitted(name);
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
      const retryAfter = waitingList.retryAfterS(name, posted);
      tally.refused(name, retryAfter);
      throw overCapacity(posted, retryAfter);
    }
    case 'too fast':
      tally.tooFast();
      throw overRate(posted.waitS, limits);
  }
}
