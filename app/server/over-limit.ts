import 'server-only';
import { Refusal } from '#app/server/problem.ts';
import { type Refused, retryAfterS } from '#core/admission/admission.ts';
import { type PostRate, WINDOW_S } from '#core/admission/post-rate.ts';

/** The system is full: 503 with what is waiting, the bound, and a Retry-After that is true. */
export function overCapacity({ backlog, limit, rate, roomInS }: Refused): Refusal {
  const retryAfter = retryAfterS(roomInS);
  return new Refusal(
    'over-capacity',
    `${backlog} deliveries wait, ${limit} may. At ${Math.round(rate)} a second there is room in about ${retryAfter} s; ` +
      'send the same request with the same Idempotency-Key again then.',
    {
      headers: { 'retry-after': String(retryAfter) },
      figures: { backlog, limit, rate: Math.round(rate), retryAfter },
    },
  );
}

/** The account is over its own rate: 429, with the RateLimit fields of draft-ietf-httpapi-ratelimit-headers-10. */
export function overRate(waitS: number, { postsPerMinute }: PostRate): Refusal {
  const retryAfter = Math.ceil(waitS);
  return new Refusal(
    'over-rate',
    `Expected at most ${postsPerMinute} tweets within ${WINDOW_S} s from one account. Try again in ${retryAfter} s.`,
    {
      headers: {
        'retry-after': String(retryAfter),
        'ratelimit-policy': `"tweets";q=${postsPerMinute};w=${WINDOW_S}`,
        ratelimit: `"tweets";r=0;t=${retryAfter}`,
      },
      figures: { retryAfter },
    },
  );
}
