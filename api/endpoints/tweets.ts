import { createRoute, z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import { schedule } from '#api/endpoints/schedule-tweet.ts';
import { keyInProgress, keyMismatch, Refusal } from '#api/problem.ts';
import { overCapacity, overRate } from '#api/retry-later.ts';
import type { Web } from '#api/root.ts';
import { body, type Env, json, problems, requireAccount, router, signedIn } from '#api/router.ts';
import { task } from '#api/schemas/queue.ts';
import { scheduledFor } from '#api/schemas/requests.ts';
import { delivery, tweet } from '#api/schemas/tweets.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';
import type { Tally } from '#core/console/tally.ts';
import { tellPulled } from '#core/ledger/pulled.ts';
import type { NewTweet } from '#core/tweets/post-statement.ts';
import { type PostLimits, type PostOutcome, postBy } from '#core/tweets/post-tweet.ts';
import { TWEET_CHANGES } from '#core/tweets/tweet-changes.ts';
import { MAX_GRAPHEMES, tweetTextProblem } from '#core/tweets/tweet-text.ts';

const KEY = 'Idempotency-Key';
/** Printable ASCII, so that it is the same in every header encoding. */
const key = z
  .string()
  .regex(/^[\x21-\x7e]{8,128}$/, 'Expected 8 to 128 printable ASCII characters, a UUID for example');

/** Refuses a request without a key, or with one that is none; `c.var.key` holds it. */
const keyed = createMiddleware<Env & { Variables: { key: string } }>(async (c, next) => {
  const sent = c.req.header(KEY);
  if (sent === undefined)
    throw keyRefusal('idempotency-key-missing', 'Expected a header with a new UUID for each tweet');
  const result = key.safeParse(sent);
  if (!result.success) throw keyRefusal('validation', result.error.issues[0]?.message ?? 'Expected a key');
  c.set('key', result.data);
  await next();
});

const keyRefusal = (kind: 'idempotency-key-missing' | 'validation', message: string) =>
  new Refusal(kind, `${KEY}: ${message}`, { errors: [{ field: KEY, message }] });

/** What a tweet may say. */
export const tweetText = z
  .string({
    error: (issue) => `Expected text of 1 to ${MAX_GRAPHEMES} characters, got ${typeof issue.input}`,
  })
  .superRefine((value, context) => {
    const found = tweetTextProblem(value);
    if (found) context.addIssue(found);
  });

const postATweet = createRoute({
  method: 'post',
  path: '/api/tweets',
  summary: 'Accepts a tweet; the same key and body again get the same answer for 24 hours',
  middleware: [requireAccount, keyed] as [typeof requireAccount, typeof keyed],
  security: signedIn.security,
  parameters: [
    ...signedIn.parameters,
    { name: KEY, in: 'header' as const, required: true, schema: z.toJSONSchema(key) as { type: 'string' } },
  ],
  request: {
    body: body(z.strictObject({ text: tweetText, scheduledFor: scheduledFor.optional() })),
  },
  responses: {
    202: json(
      z.union([z.object({ tweet, delivery }), z.object({ task })]),
      'Its delivery is on the way; `Location` is where to look. With `scheduledFor` it is a task',
    ),
    ...problems(400, 401, 403, 408, 409, 413, 422, 429, 503),
  },
});

/** Tweets: posted and scheduled. */
export const tweets = router('Tweets').openapi(postATweet, async (c) => {
  const { text, scheduledFor: at } = c.req.valid('json');
  const traceparent = c.var.trace?.span?.traceparent;
  const draft = { authorId: c.var.account.id, text, idempotencyKey: c.var.key, traceparent };
  const { answer, location } =
    at === undefined
      ? await postNow(c.env.web, draft)
      : await schedule(c.env.web, draft, { at: new Date(at), account: c.var.account });
  return c.json(answer, 202, { location });
});

/** The answer comes after the commit; publishing comes after the answer. Throws the refusals. */
export async function postNow(web: Web, draft: NewTweet) {
  const { poster, limits, tally, waitingList } = web;
  const name = `${draft.authorId} ${draft.idempotencyKey}`;
  const [timelines, queue] = await Promise.all([web.memory.timelines.read(), web.memory.queue.read()]);
  const bounds = { ...limits, memory: { timelines, queue }, waiting: { list: waitingList, name } };
  const posted = await postBy(poster, draft, bounds);
  if (posted.outcome === 'posted' && !posted.replayed)
    web.afterAnswer.run(() => {
      const { tweetId, authorId } = posted.delivery;
      TWEET_CHANGES.tell(web.timelines.redis, { kind: 'posted', tweetId, authorId });
      web.log.event?.('accepted', draft.traceparent, posted.delivery);
      if (posted.delivery.pulled > 0) return tellPulled(web.timelines.redis, posted.delivery);
      return web.publisher.publish({ ...posted.delivery, traceparent: draft.traceparent });
    });
  return answerPost(posted, { name, limits, tally, waitingList });
}

/** One post and its retries share a name; the waiting list and the counters know it by that. */
export type Posting = { name: string; limits: PostLimits; tally: Tally; waitingList: WaitingList };

/** What `202` says of an outcome of posting, counted. Throws the refusals. */
export function answerPost(posted: PostOutcome, { name, limits, tally, waitingList }: Posting) {
  tally.answered(posted.outcome === 'posted' && posted.replayed ? 'replayed' : posted.outcome, name);
  switch (posted.outcome) {
    case 'posted': {
      waitingList.places.leave(name);
      const { tweet, delivery } = posted;
      return { answer: { tweet, delivery }, location: `/api/tweets/${tweet.id}/delivery` };
    }
    case 'in progress':
      throw keyInProgress();
    case 'mismatch':
      throw keyMismatch();
    case 'full': {
      const retryAfter = waitingList.retryAfterS(name, posted);
      tally.refused(name, retryAfter);
      throw overCapacity(posted, retryAfter);
    }
    case 'too fast':
      throw overRate(posted.waitS, limits);
  }
}
