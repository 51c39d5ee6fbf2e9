import type { OverRate } from '#api/audit-rates.ts';
import { Refusal } from '#api/problem.ts';
import { type PostRate, WINDOW_S } from '#core/admission/post-rate.ts';
import type { OverQuota } from '#core/admission/quotas.ts';
import { type Refused, retryAfterS } from '#core/admission/refuse.ts';
import type { Away } from '#core/away.ts';

/** The system is full: 503 with what is waiting, the bound, and a Retry-After that is true. */
export function overCapacity(refused: Refused, retryAfter: number): Refusal {
  const { backlog, taken, cost, limit, rate } = refused;
  return new Refusal(
    'over-capacity',
    `${why(refused, retryAfter)}; send the same request with the same Idempotency-Key again then.`,
    {
      headers: { 'retry-after': String(retryAfter) },
      figures: { backlog: backlog.deliveries, taken, cost, limit, rate: Math.round(rate), retryAfter },
    },
  );
}

function why({ reason, backlog, taken, cost, limit, rate }: Refused, retryAfter: number): string {
  const { deliveries, fanOuts } = backlog;
  const full = `${deliveries} deliveries of ${fanOuts} tweets take ${taken} of ${limit}, and this tweet costs ${cost}`;
  switch (reason) {
    case 'backlog':
      return `${full}. At ${Math.round(rate)} a second there is room in about ${retryAfter} s`;
    case 'room kept':
      return `Room is kept for a large tweet that has waited. ${full}. There is room in about ${retryAfter} s`;
    case 'paused':
      return `Deliveries are paused: ${full}. Room is looked for again in ${retryAfter} s`;
    case 'timelines full':
      return `The timeline store is nearly full. Room is looked for again in ${retryAfter} s`;
    case 'queue full':
      return `The queue is nearly full. Room is looked for again in ${retryAfter} s`;
  }
}

const BUSY_WAIT_S = 1; // requests take milliseconds: a second later these are all gone

/** This web process has no place for another request, in flight or in the line for Postgres. Nothing was begun. */
export function tooBusy(
  why: string,
  figures: Record<string, number> = {},
  waitS: number = BUSY_WAIT_S,
): Refusal {
  const retryAfter = retryAfterS(waitS);
  return new Refusal(
    'too-busy',
    `${why}. Nothing was begun: send the same request again in ${retryAfter} s.`,
    {
      headers: { 'retry-after': String(retryAfter) },
      figures: { ...figures, retryAfter },
    },
  );
}

const AWAY_WAIT_S = 2; // a server that was killed is back within a second or two

/** A server that this request needs cannot be used now. */
export function unavailable({ server, reason }: Away): Refusal {
  return new Refusal(
    'unavailable',
    `${server} ${reason}. The same request may be sent again: with its key it takes effect once.`,
    { headers: { 'retry-after': String(AWAY_WAIT_S) } },
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
      figures: { limit: postsPerMinute, used: postsPerMinute, retryAfter },
    },
  );
}

/** The account has or does as much as it may: 429 and when there is room again, or 409 when only removing something helps. */
export function overQuota({ bound, waitS, message }: OverQuota): Refusal {
  const { most: limit, used } = bound;
  if (waitS === null)
    return new Refusal('over-quota', `${message}. Remove or cancel one first.`, { figures: { limit, used } });
  const retryAfter = Math.max(1, Math.ceil(waitS));
  return new Refusal('over-rate', `${message}. Try again in ${retryAfter} s.`, {
    headers: { 'retry-after': String(retryAfter) },
    figures: { limit, used, retryAfter },
  });
}

/** The account or the address has asked for as many audits as it may: 429, with the same fields. */
export function overAudits({ client, perMinute, waitS }: OverRate): Refusal {
  const retryAfter = Math.ceil(waitS);
  return new Refusal(
    'over-audits',
    `Expected at most ${perMinute} audits within 60 s from one ${client}. Try again in ${retryAfter} s.`,
    {
      headers: {
        'retry-after': String(retryAfter),
        'ratelimit-policy': `"audits";q=${perMinute};w=60`,
        ratelimit: `"audits";r=0;t=${retryAfter}`,
      },
      figures: { limit: perMinute, retryAfter },
    },
  );
}
