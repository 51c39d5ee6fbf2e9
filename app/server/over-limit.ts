import 'server-only';
import { Refusal } from '#app/server/problem.ts';
import type { Refused } from '#core/admission/admission.ts';
import { type PostRate, WINDOW_S } from '#core/admission/post-rate.ts';

/** The system is full: 503 with what is waiting, the bound, and a Retry-After that is true. */
export function overCapacity({ reason, backlog, limit, rate }: Refused, retryAfter: number): Refusal {
  const why =
    reason === 'memory'
      ? `The timeline store is nearly full. Room is looked for again in ${retryAfter} s; `
      : `${backlog} deliveries wait, ${limit} may. At ${Math.round(rate)} a second there is room in about ${retryAfter} s; `;
  return new Refusal(
    'over-capacity',
    `${why}send the same request with the same Idempotency-Key again then.`,
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
