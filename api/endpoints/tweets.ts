import { createRoute, z } from '@hono/zod-openapi';
import { createMiddleware } from 'hono/factory';
import { publishChunks } from '#api/after-answer.ts';
import { answerPost } from '#api/answer-post.ts';
import { invalidField, Refusal } from '#api/problem.ts';
import { tooBusy } from '#api/retry-later.ts';
import type { Web } from '#api/root.ts';
import { body, done, type Env, json, problems, requireAccount, router, signedIn } from '#api/router.ts';
import { task } from '#api/schemas/queue.ts';
import { scheduledFor, tweetId, tweetText } from '#api/schemas/requests.ts';
import { auditProgress, audit as auditView, chunk, delivery, tweet } from '#api/schemas/tweets.ts';
import { NotAuditable } from '#core/audit/audit.ts';
import { TooManyAudits } from '#core/audit/audits.ts';
import { retryFailed } from '#core/ledger/retry-failed.ts';
import { tellTasks } from '#core/tasks/hints.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import type { NewTweet } from '#core/tweets/post-tweet.ts';
import { type ScheduleOutcome, scheduleTweet } from '#core/tweets/schedule-tweet.ts';

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

const params = z.object({ id: tweetId });

const postATweet = createRoute({
  method: 'post',
  path: '/api/tweets',
  summary: 'Accepts a tweet; the same key and body again get the same answer for 24 hours',
  middleware: [requireAccount, keyed] as [typeof requireAccount, typeof keyed],
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

const deleteATweet = createRoute({
  method: 'delete',
  path: '/api/tweets/{id}',
  summary: 'Deletes an own tweet and cancels its delivery',
  ...signedIn,
  request: { params },
  responses: { 204: done, ...problems(401, 403, 404, 408, 503) },
});

const readDelivery = createRoute({
  method: 'get',
  path: '/api/tweets/{id}/delivery',
  summary: 'How far the delivery is; `?include=chunks` for the tweet and its chunks too',
  request: { params, query: z.object({ include: z.string().optional() }) },
  responses: {
    200: json(
      z.union([delivery, z.object({ tweet, delivery, chunks: z.array(chunk) })]),
      'The delivery, or `{ tweet, delivery, chunks }`',
    ),
    ...problems(404, 503),
  },
});

const auditATweet = createRoute({
  method: 'post',
  path: '/api/tweets/{id}/audit',
  summary: 'Reads every follower’s timeline back; whoever asks for the same tweet shares the run',
  request: { params },
  responses: { 200: json(auditView, 'What was found'), ...problems(403, 404, 408, 409, 503) },
});

const readAuditProgress = createRoute({
  method: 'get',
  path: '/api/tweets/{id}/audit',
  summary: 'How far the audit of a tweet is that somebody waits for',
  request: { params },
  responses: { 200: json(auditProgress, 'In line, or how much is read'), ...problems(404, 503) },
});

const retryATweet = createRoute({
  method: 'post',
  path: '/api/tweets/{id}/retry',
  summary: 'Retries the failed chunks of an own tweet',
  ...signedIn,
  request: { params },
  responses: {
    202: json(z.object({ chunks: z.int() }), 'Its delivery is on the way; `Location` is where to look'),
    ...problems(401, 403, 404, 408, 503),
  },
});

/** Tweets and their deliveries. */
export const tweets = router('Tweets')
  .openapi(postATweet, async (c) => {
    const { text, scheduledFor: at } = c.req.valid('json');
    const draft = { authorId: c.var.account.id, text, idempotencyKey: c.var.key };
    const { answer, location } =
      at === undefined ? await postNow(c.env.web, draft) : await schedule(c.env.web, draft, new Date(at));
    return c.json(answer, 202, { location });
  })
  .openapi(deleteATweet, async (c) => {
    const { id } = c.req.valid('param');
    const { account } = c.var;
    if (await deleteTweet(c.env.web.pool, account.id, id)) return c.body(null, 204);
    throw new Refusal('not-found', `Expected a tweet of ${account.handle}, got ${id}`);
  })
  .openapi(readDelivery, async (c) => {
    const { id } = c.req.valid('param');
    const page = await c.env.web.reads.delivery(id);
    if (!page) throw new Refusal('not-found', `Expected a tweet that was fanned out, got ${id}`);
    return c.json(c.req.valid('query').include === 'chunks' ? page : page.delivery, 200);
  })
  .openapi(auditATweet, async (c) => {
    const { signal } = c.req.raw;
    try {
      return c.json(await c.env.web.audits.ask(c.req.valid('param').id, signal), 200);
    } catch (error) {
      if (signal.aborted) throw new Refusal('too-slow', 'The client has left, nobody hears of this');
      if (error instanceof NotAuditable) throw new Refusal('not-finished', error.message);
      if (error instanceof TooManyAudits) throw tooBusy(error.message);
      throw error;
    }
  })
  .openapi(readAuditProgress, async (c) => {
    const { id } = c.req.valid('param');
    const progress = c.env.web.audits.progress(id);
    if (progress) return c.json(progress, 200);
    throw new Refusal('not-found', `Expected a tweet whose audit somebody waits for, got ${id}`);
  })
  .openapi(retryATweet, async (c) => {
    const { id } = c.req.valid('param');
    const { web } = c.env;
    const chunks = await retryFailed(web.pool, c.var.account.id, id);
    if (chunks.length === 0)
      throw new Refusal(
        'not-found',
        `Expected a tweet of ${c.var.account.handle} with failed chunks, got ${id}`,
      );
    web.afterAnswer.run(() => publishChunks(web, id, chunks));
    return c.json({ chunks: chunks.length }, 202, { location: `/api/tweets/${id}/delivery` });
  });

/** The answer comes after the commit; publishing comes after the answer. */
async function postNow(web: Web, draft: NewTweet) {
  const { poster, limits, metrics, tally, waitingList } = web;
  const name = `${draft.authorId} ${draft.idempotencyKey}`;
  const [timelines, queue] = await Promise.all([web.memory.timelines.read(), web.memory.queue.read()]);
  const bounds = { ...limits, memory: { timelines, queue }, waiting: { list: waitingList, name } };
  const posted = await poster.post(draft, bounds);
  metrics.posted(posted);
  if (posted.outcome === 'posted' && !posted.replayed)
    web.afterAnswer.run(() => web.publisher.publish(posted.delivery));
  return answerPost(posted, { name, limits, tally, waitingList });
}

async function schedule(web: Web, draft: NewTweet, at: Date) {
  const scheduled = await scheduleTweet(web.posting, { ...draft, scheduledFor: at }, web.quotas);
  web.afterAnswer.run(() => tellTasks(web.timelines.redis, [draft.authorId]));
  return answerSchedule(scheduled);
}

/** What `202` says of an outcome of scheduling. Throws the refusals. */
function answerSchedule(scheduled: ScheduleOutcome) {
  switch (scheduled.outcome) {
    case 'scheduled': {
      const { task } = scheduled;
      return { answer: { task }, location: `/api/tasks/${task.id}` };
    }
    case 'in progress':
      throw new Refusal('idempotency-in-progress', 'This Idempotency-Key is being answered: ask again.', {
        headers: { 'retry-after': '1' },
      });
    case 'mismatch':
      throw new Refusal('idempotency-mismatch', 'This Idempotency-Key had another body: take a new key.');
    case 'no such time':
      throw invalidField('scheduledFor', scheduled.message);
  }
}
