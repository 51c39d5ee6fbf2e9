import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { createMiddleware } from 'hono/factory';
import { inPlace, receive } from '#api/admit.ts';
import { accounts } from '#api/mastodon/accounts.ts';
import { apps } from '#api/mastodon/apps.ts';
import { secretIn, tokenOf } from '#api/mastodon/bearer.ts';
import { MAX_BYTES, readInput } from '#api/mastodon/bodies.ts';
import { countCall } from '#api/mastodon/count-call.ts';
import { discovery } from '#api/mastodon/discovery.ts';
import { empty } from '#api/mastodon/empty.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { MastodonError, mastodonErrorOf } from '#api/mastodon/errors.ts';
import { instance } from '#api/mastodon/instance.ts';
import { oauth } from '#api/mastodon/oauth.ts';
import { MASTODON_PATHS } from '#api/mastodon/paths.ts';
import { scheduled } from '#api/mastodon/scheduled.ts';
import { statuses } from '#api/mastodon/statuses.ts';
import { streaming } from '#api/mastodon/streaming/streaming.ts';
import { timelines } from '#api/mastodon/timelines.ts';
import { measureCalls } from '#api/measure-calls.ts';
import { traceCalls } from '#api/trace-calls.ts';

/**
 * The client API of Mastodon, for apps that others wrote: see docs/clients.md. Each resource is a file. A slash at the end
 * of a path means nothing.
 */
export const mastodon = new Hono<MastodonEnv>({ strict: false });

/**
 * Pages of other sites may call what needs a token, because no browser sends a token by itself. They may not ask somebody
 * for consent: that goes by the cookie.
 */
const openToPages = cors({
  origin: '*',
  allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  allowHeaders: ['Authorization', 'Content-Type', 'Idempotency-Key'],
  exposeHeaders: ['Link', 'X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset', 'Retry-After'],
  maxAge: 7_200, // s, the most that Chromium keeps
});

/** Streams have a bound of their own. */
const HAS_OWN_BOUND = /^\/api\/v1\/streaming(?:\/|$)/;

/**
 * Receives the body, takes a place, and finds out whose token was sent. The call is counted then, before anybody looks at
 * what the body says: so also the refusal of a body tells how many calls are left.
 */
const admit = createMiddleware<MastodonEnv>(async (c, next) => {
  const { web } = c.env;
  const body = await receive(c.env, MAX_BYTES);
  const proceed = async () => {
    c.set('token', await tokenOf(web, secretIn(c.req.header('authorization'))));
    await countCall(c);
    c.set('input', await readInput(c, body));
    await next();
  };
  return HAS_OWN_BOUND.test(c.req.path) ? proceed() : inPlace(web, proceed);
});

mastodon.use(measureCalls, traceCalls);
for (const path of MASTODON_PATHS)
  mastodon.use(path.replace('/oauth/*', '/oauth/:call{token|revoke}'), openToPages);
mastodon.use(admit);

mastodon.route('/', apps);
mastodon.route('/', oauth);
mastodon.route('/', instance);
mastodon.route('/', accounts);
mastodon.route('/', statuses);
mastodon.route('/', scheduled);
mastodon.route('/', timelines);
mastodon.route('/', discovery);
mastodon.route('/', empty);
mastodon.route('/', streaming);

mastodon.notFound((c) => {
  const allow = methodsOf(c.req.path);
  if (allow.length === 0) return new MastodonError(404, `There is no ${c.req.path} here`).toResponse();
  return new MastodonError(405, `Expected ${allow.join(', ')}, got ${c.req.method}`, {
    headers: { allow: allow.join(', ') },
  }).toResponse();
});

/** The methods that a path takes. */
const methodsOf = (path: string): string[] => {
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
  return methods.filter((method) =>
    mastodon.router.match(method, path)[0].some(([[, { method: own }]]) => own === method),
  );
};

mastodon.onError((error, c) => {
  const say = (line: string) => c.env.web.log.error(line, { traceId: c.var.trace?.id });
  return mastodonErrorOf(error, say).toResponse();
});
