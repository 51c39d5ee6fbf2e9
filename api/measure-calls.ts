import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import type { Env } from '#api/router.ts';

/** Notes how long each call took and how it was answered, by the pattern of its path: rate, errors and duration. */
export const measureCalls: MiddlewareHandler<Pick<Env, 'Bindings'>> = async (c, next) => {
  const began = performance.now();
  await next();
  const answer = { method: c.req.method, route: routeOf(c), status: c.res.status };
  c.env.web.metrics.answered(answer, (performance.now() - began) / 1_000);
};

/** A path that is none of ours is not noted: anybody could make up any number. */
export function routeOf(c: Context): string {
  const path = routePath(c, -1);
  return path.endsWith('*') ? 'none' : path;
}
