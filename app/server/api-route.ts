import 'server-only';
import { Refusal } from '#app/server/problem.ts';
import { requireSameOrigin } from '#app/server/same-origin.ts';
import { isPostgresAway } from '#core/postgres.ts';
import { isStoreAway } from '#core/redis.ts';

type Handler<P> = (request: Request, params: P) => Promise<Response>;

/** Wraps a route handler: same-origin for unsafe methods, and every failure as a problem document. */
export function route<P = Record<string, never>>(handler: Handler<P>) {
  return async (request: Request, context: { params: Promise<P> }): Promise<Response> => {
    try {
      requireSameOrigin(request);
      return await handler(request, await context.params);
    } catch (error) {
      return answerFor(error);
    }
  };
}

function answerFor(error: unknown): Response {
  if (error instanceof Refusal) return error.toResponse();
  if (isPostgresAway(error)) return away('Postgres').toResponse();
  if (isStoreAway(error)) return away('The timeline store').toResponse();
  throw error;
}

const away = (server: string) =>
  new Refusal(
    'unavailable',
    `${server} does not answer. Nothing was written; the same request may be sent again.`,
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
