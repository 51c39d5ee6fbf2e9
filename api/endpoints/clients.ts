import { createRoute, z } from '@hono/zod-openapi';
import { done, json, problems, router, signedIn } from '#api/router.ts';
import { connectedApp } from '#api/schemas/clients.ts';
import { disconnect } from '#core/clients/revoke.ts';

const listApps = createRoute({
  method: 'get',
  path: '/api/clients',
  summary: 'The apps that may act for the account',
  ...signedIn,
  responses: {
    200: json(z.object({ apps: z.array(connectedApp) }), 'The one used last first'),
    ...problems(401, 403, 503),
  },
});

const disconnectApp = createRoute({
  method: 'delete',
  path: '/api/clients/{id}',
  summary: 'Ends everything that an app may do for the account, and what it is just doing',
  ...signedIn,
  request: {
    params: z.object({
      id: z.coerce
        .number()
        .int()
        .positive()
        .max(2 ** 31 - 1),
    }),
  },
  responses: { 204: done, ...problems(401, 403, 404, 408, 503) },
});

/** Apps that others wrote and that somebody lets act: they sign in by api/mastodon/. */
export const clients = router('Clients')
  .openapi(listApps, async (c) => c.json({ apps: await c.env.web.reads.clients(c.var.account.id) }, 200))
  .openapi(disconnectApp, async (c) => {
    const { pool, timelines } = c.env.web;
    await disconnect({ pool, redis: timelines.redis }, c.var.account.id, c.req.valid('param').id);
    return c.body(null, 204);
  });
