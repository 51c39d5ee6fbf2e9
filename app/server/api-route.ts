import 'server-only';
import { tooBusy } from '#app/server/over-limit.ts';
import { Refusal } from '#app/server/problem.ts';
import { web } from '#app/server/root.ts';
import { requireSameOrigin } from '#app/server/same-origin.ts';
import { isPoolBusy, isPostgresAway } from '#core/postgres.ts';
import { isStoreAway } from '#core/redis.ts';

type Handler<P> = (request: Request, params: P) => Promise<Response>;

/**
 * Wraps a route handler: same-origin for unsafe methods, a bound on the requests in flight, and every failure as a
 * problem document. Reads and writes have one bound: they share the event loop and the connections to Postgres, and a
 * flood of either must not take both away from the other. Health and metrics are no such routes and answer always.
 */
export function route<P = Record<string, never>>(handler: Handler<P>) {
  return streamRoute<P>((request, params) => inFlight(() => handler(request, params)));
}

/** As {@link route}, for what lasts: streams have a bound of their own. */
export function streamRoute<P = Record<string, never>>(handler: Handler<P>) {
  return async (request: Request, context: { params: Promise<P> }): Promise<Response> => {
    try {
      requireSameOrigin(request);
      return await handler(request, await context.params);
    } catch (error) {
      return answerFor(error);
    }
  };
}

async function inFlight(answer: () => Promise<Response>): Promise<Response> {
  const { requests } = web();
  if (!requests.enter())
    throw tooBusy(`Expected fewer than ${requests.max} requests in flight, ${requests.count} are`, {
      inFlight: requests.count,
      limit: requests.max,
    });
  try {
    return await answer();
  } finally {
    requests.leave();
  }
}

function answerFor(error: unknown): Response {
  if (error instanceof Refusal) return error.toResponse();
  if (isPoolBusy(error)) return tooBusy(error.message).toResponse();
  if (isPostgresAway(error)) return away('Postgres').toResponse();
  if (isStoreAway(error)) return away('The timeline store').toResponse();
  throw error;
}

const away = (server: string) =>
  new Refusal(
    'unavailable',
    `${server} does not answer. The same request may be sent again: with its key it takes effect once.`,
    {
      headers: { 'retry-after': '2' },
    },
  );

/** A JSON answer that no cache keeps. */
export function json(
  body: unknown,
  init: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return Response.json(body, { ...init, headers: { 'cache-control': 'no-store', ...init.headers } });
}
