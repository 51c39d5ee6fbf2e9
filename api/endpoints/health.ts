import { createRoute, z } from '@hono/zod-openapi';
import { figuresOnly } from '#api/internals.ts';
import { json, problems, router } from '#api/router.ts';
import { orNull } from '#api/schemas/common.ts';
import { pause } from '#api/schemas/queue.ts';
import { SECOND } from '#core/durations.ts';

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

const readiness = status.extend({
  leaving: z.boolean().meta({ description: 'It was told to end, and serves until its balancer has noticed' }),
});

const isReady = createRoute({
  method: 'get',
  path: '/readyz',
  summary:
    'Whether what this process depends on is there; posting needs Postgres alone, so that alone decides, and whether it leaves',
  responses: {
    200: json(readiness, 'Ready'),
    503: json(readiness, 'Postgres is away, or the process leaves'),
  },
});

/** A balancer asks every second or two, and takes no answer for a no. A store that hangs must not look like that. */
const PATIENCE = SECOND;

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
    const { status, leaving } = c.env.web;
    const found = { ...(await status.now(PATIENCE)), leaving: leaving.hasBegun };
    return found.postgres === 'ok' && !found.leaving ? c.json(found, 200) : c.json(found, 503);
  })
  .openapi(readMetrics, async (c) => {
    const { body, contentType } = await c.env.web.metrics.text(c.env.web);
    return c.text(body, 200, { 'content-type': contentType });
  });
