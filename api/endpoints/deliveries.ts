import { createRoute, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { handOverChunks } from '#api/hand-over.ts';
import { Refusal } from '#api/problem.ts';
import { networkOf } from '#api/proxy.ts';
import { overAudits, tooBusy } from '#api/retry-later.ts';
import type { Web } from '#api/root.ts';
import { anybody, type Env, json, problems, router, sessionOf, signedIn } from '#api/router.ts';
import { tweetId } from '#api/schemas/requests.ts';
import { auditProgress, audit as auditView, chunk, delivery, tweet } from '#api/schemas/tweets.ts';
import { actingAccount } from '#api/session.ts';
import { NotAuditable, NotKept } from '#core/audit/audit.ts';
import { TooManyAudits } from '#core/audit/line.ts';
import { retryFailed } from '#core/ledger/retry-failed.ts';
import { readLoss } from '#core/timelines/recognise.ts';

const params = z.object({ id: tweetId });

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
    ...problems(404, 410, 503),
  },
});

const auditATweet = createRoute({
  method: 'post',
  path: '/api/tweets/{id}/audit',
  summary: 'Reads every follower’s timeline back; whoever asks for the same tweet shares the run',
  ...anybody,
  request: { params },
  responses: { 200: json(auditView, 'What was found'), ...problems(403, 404, 408, 409, 410, 429, 503) },
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

/** Deliveries of tweets: how far they are, read back, and tried again. */
export const deliveries = router('Deliveries')
  .openapi(readDelivery, async (c) => {
    const { id } = c.req.valid('param');
    const page = await c.env.web.reads.delivery(id);
    if (!page) throw await notThere(c.env.web, id);
    if (page === 'not kept') throw notKept(id, c.env.web.config.FAN_OUT_DAYS);
    return c.json(c.req.valid('query').include === 'chunks' ? page : page.delivery, 200);
  })
  .openapi(auditATweet, async (c) => {
    await countAudit(c);
    const { signal } = c.req.raw;
    const asked = c.env.web.audits.ask(c.req.valid('param').id, signal);
    return c.json(
      await asked.catch((error: unknown) => {
        throw signal.aborted
          ? new Refusal('too-slow', 'The client has left, nobody hears of this')
          : refusalOf(error);
      }),
      200,
    );
  })
  .openapi(readAuditProgress, async (c) => {
    const { id } = c.req.valid('param');
    const progress = await c.env.web.auditLine.progress(id);
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
    web.afterAnswer.run(() => handOverChunks(web, id, chunks));
    return c.json({ chunks: chunks.length }, 202, { location: `/api/tweets/${id}/delivery` });
  });

/** Says so when it was there, and went with a restore of Postgres. */
async function notThere(web: Web, id: number): Promise<Refusal> {
  const loss = await readLoss(web.pool);
  const isLost = loss !== null && id > loss.after && id <= loss.to;
  const expected = `Expected a tweet that was fanned out, got ${id}`;
  return new Refusal(
    'not-found',
    isLost ? `${expected}. Postgres was restored to a moment before it was posted: post it again` : expected,
  );
}

const notKept = (tweetId: number, days: number) =>
  new Refusal(
    'not-kept',
    `Expected a delivery that ended within the last ${days} days, that of tweet ${tweetId} is no longer kept`,
  );

/** An audit keeps the stores busy and needs no session: an account may ask for so many a minute, and so may an address. */
async function countAudit(c: Context<Env>): Promise<void> {
  const { web, incoming } = c.env;
  const session = await sessionOf(c);
  const isSignedIn = session.accounts.length > 0;
  const account = isSignedIn ? actingAccount(session, c.req.header('x-account')) : undefined;
  const refused = web.auditRates.count({
    address: networkOf(incoming, web.config.TRUST_PROXY),
    ...(account && { account: String(account.id) }),
  });
  if (refused) throw overAudits(refused);
}

function refusalOf(error: unknown): unknown {
  if (error instanceof NotAuditable) return new Refusal('not-finished', error.message);
  if (error instanceof NotKept) return new Refusal('not-kept', error.message);
  if (error instanceof TooManyAudits) return tooBusy(error.message, {}, LINE_S);
  return error;
}

const LINE_S = 10; // s; half of the line is through then
