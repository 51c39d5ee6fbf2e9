import { randomBytes } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { routeOf } from '#api/measure-calls.ts';
import type { Env } from '#api/router.ts';
import { readTraceparent, traceIdOf, traceparentOf } from '#core/tracing/traceparent.ts';
import type { Span, Tracing } from '#core/tracing/tracing.ts';

/** The trace of a call. Its id stands in logs and problem documents, also when the trace is not kept. */
export type CallTrace = { id: string; span: Span | undefined };

/** What a traced application has beside its own. */
export type TracedEnv = { Bindings: Env['Bindings']; Variables: { trace?: CallTrace | undefined } };

/**
 * Begins a trace of a call, or goes on with the one that the client has begun with the key press. The client says which trace
 * it is, and we draw whether it is kept: nobody outside decides what is written here. Without tracing it does nothing.
 */
export const traceCalls: MiddlewareHandler<TracedEnv> = async (c, next) => {
  const { tracing } = c.env.web;
  if (!tracing) return next();
  const given = readTraceparent(c.req.header('traceparent'));
  const span = tracing.draws() ? begin(tracing, c, given ? traceparentOf(given) : undefined) : undefined;
  const id = traceIdOf(span?.traceparent) ?? given?.traceId ?? randomBytes(16).toString('hex');
  c.set('trace', { id, span });
  await next();
  span?.note({ 'http.route': routeOf(c), 'http.response.status_code': c.res.status });
  span?.end(c.res.status >= 500 ? `answered ${c.res.status}` : undefined);
};

const begin = (tracing: Tracing, c: Context, parent: string | undefined): Span =>
  tracing.begin(`${c.req.method} ${routeOf(c)}`, {
    ...{ kind: 'server' as const, parent },
    attributes: { 'http.request.method': c.req.method, 'url.path': c.req.path },
  });
