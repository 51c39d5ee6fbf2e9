import { createMiddleware } from 'hono/factory';
import { inPlace, receive } from '#api/admit.ts';
import { accounts } from '#api/endpoints/accounts.ts';
import { clients } from '#api/endpoints/clients.ts';
import { deletedTweets } from '#api/endpoints/delete-tweet.ts';
import { deliveries } from '#api/endpoints/deliveries.ts';
import { docs } from '#api/endpoints/docs.ts';
import { health } from '#api/endpoints/health.ts';
import { lab } from '#api/endpoints/lab.ts';
import { portraits } from '#api/endpoints/portraits.ts';
import { queue } from '#api/endpoints/queue.ts';
import { schedules } from '#api/endpoints/schedules.ts';
import { stream } from '#api/endpoints/stream.ts';
import { taskFile } from '#api/endpoints/task-file.ts';
import { tasks } from '#api/endpoints/tasks.ts';
import { timelines } from '#api/endpoints/timelines.ts';
import { tweets } from '#api/endpoints/tweets.ts';
import { users } from '#api/endpoints/users.ts';
import { MASTODON_PATHS } from '#api/mastodon/paths.ts';
import { mastodon } from '#api/mastodon/routes.ts';
import { measureCalls } from '#api/measure-calls.ts';
import { openApiJson } from '#api/openapi.ts';
import { Refusal } from '#api/problem.ts';
import { refusalOf } from '#api/refusal-of.ts';
import { type Env, router } from '#api/router.ts';
import { requireSameOrigin } from '#api/same-origin.ts';
import { traceCalls } from '#api/trace-calls.ts';

/**
 * What every call goes through. An unsafe call must come from our own pages. Reads and writes share the places, because they
 * share the event loop and the connections to Postgres. Streams have a bound of their own. So have audits, which wait for
 * each other for up to a minute and would take all places.
 */
const admit = createMiddleware<Env>(async (c, next) => {
  const { incoming, web } = c.env;
  requireSameOrigin(incoming, web.config.TRUST_PROXY);
  c.set('body', await receive(c.env));
  if (HAS_OWN_BOUND.test(c.req.path)) return next();
  return inPlace(web, next);
});

const HAS_OWN_BOUND = /^\/api\/(stream|tweets\/[^/]+\/audit)$/;

/** The one application. Each request brings the process's connections along, as `env.web`. */
export const api = router();
for (const path of MASTODON_PATHS) api.all(path, (c) => mastodon.fetch(c.req.raw, c.env));
api.use(measureCalls, traceCalls);
api.use('/api/*', admit);

/** The HTTP interface, one file a resource. Deleting a tweet has its own, because posting one is on the path (docs/path.md). */
const endpoints = api
  .route('/', accounts)
  .route('/', tweets)
  .route('/', deletedTweets)
  .route('/', deliveries)
  .route('/', timelines)
  .route('/', users)
  .route('/', portraits)
  .route('/', tasks)
  .route('/', taskFile)
  .route('/', schedules)
  .route('/', clients)
  .route('/', queue)
  .route('/', lab)
  .route('/', stream)
  .route('/', health);

api.get('/api/openapi.json', (c) => c.body(openApiJson(api), 200, { 'content-type': 'application/json' }));
api.route('/', docs);

/** The browser's client takes its types from this. */
export type Api = typeof endpoints;

api.notFound((c) => {
  const allowed = methodsOf(c.req.path);
  if (allowed.length === 0)
    return new Refusal('not-found', `Expected a path of the HTTP interface, got ${c.req.path}`)
      .of(c.var.trace?.id)
      .toResponse();
  const allow = allowed.join(', ');
  if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow });
  return new Refusal('method-not-allowed', `${c.req.path}: expected ${allow}, got ${c.req.method}`, {
    headers: { allow },
  })
    .of(c.var.trace?.id)
    .toResponse();
});

/** The methods that a path of the interface takes. */
function methodsOf(path: string): string[] {
  const methods = api.openAPIRegistry.definitions.flatMap((definition) => {
    if (definition.type !== 'route' || !isOf(definition.route.path, path)) return [];
    return [definition.route.method.toUpperCase()];
  });
  return methods.includes('GET') ? [...methods, 'HEAD'] : methods;
}

const isOf = (template: string, path: string): boolean =>
  new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path);

api.onError((error, c) => {
  const traceId = c.var.trace?.id;
  const say = (line: string) => c.env.web.log.error(line, { traceId });
  return refusalOf(error, say).of(traceId).toResponse();
});
