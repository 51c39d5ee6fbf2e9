import { beforeEach, expect, it } from 'vitest';
import { Refusal } from '#api/problem.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { Tally } from '#core/console/tally.ts';
import { type PostOutcome, UNLIMITED } from '#core/tweets/post-tweet.ts';
import { answerPost } from './tweets.ts';

const full = {
  outcome: 'full',
  reason: 'backlog',
  ...{ expected: 50_000, cost: 50_400, backlog: { deliveries: 899_200, fanOuts: 2 }, taken: 900_000 },
  limit: 900_000,
  rate: 100_000,
  roomInS: 0.5,
} satisfies PostOutcome;

let posting: Parameters<typeof answerPost>[1];
beforeEach(() => {
  posting = { name: 'a', limits: UNLIMITED, tally: new Tally(), waitingList: new WaitingList() };
});

async function refusal(posted: PostOutcome) {
  try {
    answerPost(posted, posting);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const response = error.toResponse();
    return { status: response.status, headers: response.headers, body: await response.json() };
  }
  throw new Error('Expected a refusal');
}

it('answers 503 with what waits, the bound, the rate and the same Retry-After in header and body, and counts it', async () => {
  const { status, headers, body } = await refusal(full);
  expect(status).toBe(503);
  expect(body).toMatchObject({
    type: '/problems/over-capacity',
    ...{ backlog: 899_200, taken: 900_000, cost: 50_400 },
    limit: 900_000,
    rate: 100_000,
  });
  expect(headers.get('retry-after')).toBe(String(body.retryAfter));
  expect(posting.tally.counts).toMatchObject({ refused: 1, lastRetryAfterS: body.retryAfter });
});
it('answers 429 with the RateLimit fields', async () => {
  const { status, headers } = await refusal({ outcome: 'too fast', waitS: 11.2 });
  expect(status).toBe(429);
  expect(headers.get('retry-after')).toBe('12');
  expect(headers.get('ratelimit')).toBe('"tweets";r=0;t=12');
  expect(posting.tally.counts.tooFast).toBe(1);
});
