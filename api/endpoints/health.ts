import { createRoute, z } from '@hono/zod-openapi';
import { figuresOnly } from '#api/internals.ts';
import { json, problems, router } from '#api/router.ts';
import { orNull } from '#api/schemas/common.ts';
import { pause } from '#api/schemas/queue.ts';

const isAlive = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the process answers; nothing is said about what it depends on',
  responses: { 200: json(z.object({ status: z.literal('ok') }), 'It answers') },
});

const state = z.enum(['ok', 'away']);
const status = z.object({
  workers: z.int().nullable(),
  ...{ queue: state, timelines: state, postgres: state },
  unfinished: z.int().nullable(),
  pause: orNull(pause),
  at: z.string(),
});

const isReady = createRoute({
  method: 'get',
  path: '/readyz',
  summary:
    'Whether what this process depends on is there; posting needs Postgres alone, so that alone decides',
  responses: { 200: json(status, 'Ready'), 503: json(status, 'Postgres is away') },
});

const readMetrics = createRoute({
  method: 'get',
  path: '/metrics',
  summary: 'Figures for Prometheus',
  ...figuresOnly,
  responses: {
    200: { description: 'The exposition format', content: { 'text/plain': { schema: z.string() } } },
    ...problems(401, 403, 503),
  },
});

/** For monitoring. The bound on requests does not apply: these answer also when the process is busy. */
export const health = router('Process')
  .openapi(isAlive, (c) => c.json({ status: 'ok' as const }, 200))
  .openapi(isReady, async (c) => {
    const found = await c.env.web.status.now();
    return found.postgres === 'ok' ? c.json(found, 200) : c.json(found, 503);
  })
  .openapi(readMetrics, async (c) => {
    const { body, contentType } = await c.env.web.metrics.text(c.env.web);
    return c.text(body, 200, { 'content-type': contentType });
  });
