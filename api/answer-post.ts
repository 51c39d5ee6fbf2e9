import { Refusal } from '#api/problem.ts';
import { overCapacity, overRate } from '#api/retry-later.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';
import type { Tally } from '#core/console/tally.ts';
import type { PostLimits, PostOutcome } from '#core/tweets/post-tweet.ts';

/** One post and its retries share a name; the waiting list and the counters know it by that. */
export type Posting = { name: string; limits: PostLimits; tally: Tally; waitingList: WaitingList };

/** What `202` says of an outcome of posting, counted. Throws the refusals. */
export function answerPost(posted: PostOutcome, { name, limits, tally, waitingList }: Posting) {
  switch (posted.outcome) {
    case 'posted': {
      waitingList.leave(name);
      if (!posted.replayed) tally.admitted(name);
      const { tweet, delivery } = posted;
      return { answer: { tweet, delivery }, location: `/api/tweets/${tweet.id}/delivery` };
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
