import { createRoute, z } from '@hono/zod-openapi';
import { invalidField } from '#api/problem.ts';
import { isSecure } from '#api/proxy.ts';
import { anybody, body, json, problems, router, sessionOf } from '#api/router.ts';
import { account, sessionView } from '#api/schemas/people.ts';
import { findAccount, HANDLE } from '#core/accounts/accounts.ts';

const listAccounts = createRoute({
  method: 'get',
  path: '/api/accounts',
  summary: 'The demo accounts',
  responses: { 200: json(z.object({ accounts: z.array(account) }), 'All of them'), ...problems(503) },
});

const readHistogram = createRoute({
  method: 'get',
  path: '/api/accounts/histogram',
  summary: 'How many people have 0, 1 to 9, 10 to 99 … followers, counted once a minute at most',
  responses: {
    200: json(
      z.object({ followers: z.array(z.object({ from: z.int(), people: z.int() })) }),
      'People by the power of ten of their followers',
    ),
    ...problems(503),
  },
});

const readSession = createRoute({
  method: 'get',
  path: '/api/session',
  summary: 'The accounts that this session holds',
  responses: { 200: json(sessionView, 'The accounts, and which of them acts'), ...problems(503) },
});

const signIn = createRoute({
  method: 'post',
  path: '/api/session',
  summary: 'Signs a demo account in, beside those held already',
  ...anybody,
  request: {
    body: body(
      z.strictObject({
        handle: z
          .string({ error: 'Expected the handle of a demo account' })
          .regex(HANDLE, 'Expected 3 to 15 of a-z, 0-9 and _'),
      }),
    ),
  },
  responses: {
    204: { description: 'Signed in; the cookie is HttpOnly' },
    ...problems(400, 403, 408, 413, 503),
  },
});

/** Demo accounts, and who is signed in. */
export const accounts = router('Accounts')
  .openapi(listAccounts, async (c) => c.json({ accounts: await c.env.web.reads.accounts() }, 200))
  .openapi(readHistogram, async (c) => c.json({ followers: await c.env.web.histogram.read() }, 200))
  .openapi(readSession, async (c) => {
    const { session } = await c.env.web.reads.whoIsThere(c.req.header('cookie'));
    return c.json(session, 200);
  })
  .openapi(signIn, async (c) => {
    const { prisma, sessions, config } = c.env.web;
    const { handle } = c.req.valid('json');
    const found = await findAccount(prisma, handle);
    if (!found?.role) throw invalidField('handle', `Expected the handle of a demo account, got ${handle}`);
    const held = (await sessionOf(c)).accounts.filter(({ id }) => id !== found.id);
    const session = { accounts: [...held, { id: found.id, handle }] };
    const cookie = await sessions.seal(session, { secure: isSecure(c.env.incoming, config.TRUST_PROXY) });
    return c.body(null, 204, { 'set-cookie': cookie });
  });
