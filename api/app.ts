import { createMiddleware } from 'hono/factory';
import { accounts } from '#api/endpoints/accounts.ts';
import { deliveries } from '#api/endpoints/deliveries.ts';
import { docs } from '#api/endpoints/docs.ts';
import { health } from '#api/endpoints/health.ts';
import { lab } from '#api/endpoints/lab.ts';
import { queue } from '#api/endpoints/queue.ts';
import { schedules } from '#api/endpoints/schedules.ts';
import { stream } from '#api/endpoints/stream.ts';
import { taskFile } from '#api/endpoints/task-file.ts';
import { tasks } from '#api/endpoints/tasks.ts';
import { timelines } from '#api/endpoints/timelines.ts';
import { tweets } from '#api/endpoints/tweets.ts';
import { users } from '#api/endpoints/users.ts';
import { openApiJson } from '#api/openapi.ts';
import { Refusal } from '#api/problem.ts';
import { addressOf } from '#api/proxy.ts';
import { receiveBody } from '#api/receive-body.ts';
import { overQuota, tooBusy, unavailable } from '#api/retry-later.ts';
import type { Web } from '#api/root.ts';
import { type Env, router } from '#api/router.ts';
import { requireSameOrigin } from '#api/same-origin.ts';
import { SecuredResponse } from '#api/security-headers.ts';
import { OverQuota } from '#core/admission/quotas.ts';
import { awayOf, isPoolBusy } from '#core/away.ts';
import { forLog } from '#core/for-log.ts';

/**
 * What every call goes through. An unsafe call must come from our own pages. Its body is read before it takes a place, and
 * the number of places is bounded. Reads and writes share the places, because they share the event loop and the connections
 * to Postgres. Streams have a bound of their own. So have audits, which wait for each other for up to a minute and would take
 * all places.
 */
const admit = createMiddleware<Env>(async (c, next) => {
  const { incoming, outgoing, web } = c.env;
  requireSameOrigin(incoming, web.config.TRUST_PROXY);
  if (outgoing instanceof SecuredResponse) outgoing.forbidStoring();
  if (hasBody(incoming)) {
    const finished = web.halfSent.begin(addressOf(incoming, web.config.TRUST_PROXY), incoming);
    c.set('body', await receiveBody(incoming).finally(finished));
  }
  if (HAS_OWN_BOUND.test(c.req.path)) return next();
  takePlace(web);
  try {
    await next();
  } finally {
    web.requests.leave();
  }
});

const HAS_OWN_BOUND = /^\/api\/(stream|tweets\/[^/]+\/audit)$/;

const hasBody = ({ headers }: Env['Bindings']['incoming']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

function takePlace({ requests }: Web): void {
  if (requests.enter()) return;
  throw tooBusy(`Expected fewer than ${requests.max} requests in flight, ${requests.count} are`, {
    inFlight: requests.count,
    limit: requests.max,
  });
}

/** The one application. Each request brings the process's connections along, as `env.web`. */
export const api = router();
api.use('/api/*', admit);

/** The HTTP interface, one file a resource. */
const endpoints = api
  .route('/', accounts)
  .route('/', tweets)
  .route('/', deliveries)
  .route('/', timelines)
  .route('/', users)
  .route('/', tasks)
  .route('/', taskFile)
  .route('/', schedules)
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
    return new Refusal('not-found', `Expected a path of the HTTP interface, got ${c.req.path}`).toResponse();
  const allow = allowed.join(', ');
  if (c.req.method === 'OPTIONS') return c.body(null, 204, { allow });
  return new Refusal('method-not-allowed', `${c.req.path}: expected ${allow}, got ${c.req.method}`, {
    headers: { allow },
  }).toResponse();
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

api.onError((error) => refusalOf(error).toResponse());

/** Turns every failure into a problem document. An unexpected one is logged. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (isPoolBusy(error)) return tooBusy(error.message);
  if (error instanceof OverQuota) return overQuota(error);
  const away = awayOf(error);
  if (away) return unavailable(away);
  console.error(forLog(error));
  return new Refusal(
    'internal',
    'Something failed that nobody foresaw; the log of this web process says what.',
  );
}
