import type { Context } from 'hono';
import { Hono } from 'hono';
import { z } from 'zod';
import { inputOf, textsIn } from '#api/mastodon/bodies.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { MastodonError } from '#api/mastodon/errors.ts';
import { type Fields, unknownClient } from '#api/mastodon/oauth-server.ts';
import { originOf } from '#api/mastodon/origin.ts';
import { OUT_OF_BAND } from '#api/mastodon/redirect-uris.ts';
import { sessionOf } from '#api/router.ts';
import { requireSameOrigin } from '#api/same-origin.ts';
import { heldAccount } from '#api/session.ts';
import { findApp, isSecretOf, type RegisteredApp } from '#core/clients/apps.ts';
import { revokeToken } from '#core/clients/revoke.ts';
import { SCOPES } from '#core/clients/scopes.ts';
import { hashOf } from '#core/clients/secrets.ts';

const answer = z.object({
  ...{ client_id: z.string(), redirect_uri: z.string(), scope: z.string(), csrf_token: z.string() },
  ...{ account: z.string(), decision: z.enum(['allow', 'deny']) },
});

/** OAuth 2: the answer of the page of consent, tokens, their end, and where all of this is. */
export const oauth = new Hono<MastodonEnv>()
  .post('/oauth/authorize', async (c) => {
    const { web, incoming } = c.env;
    requireSameOrigin(incoming, web.config.TRUST_PROXY);
    const { account: handle, decision, csrf_token: token, ...asked } = inputOf(c, answer);
    const account = heldAccount(await sessionOf(c), handle);
    if (!web.clients.consents.isOwn(asked, token, c.req.header('cookie'))) throw foreignAnswer();
    const allowed = String(decision === 'allow');
    const next = await web.clients.oauth.authorize(
      { ...textsIn(c.var.input), ...asked, allowed },
      account.id,
    );
    return c.body(null, 303, { location: shownOutOfBand(next) });
  })
  .post('/oauth/token', async (c) => c.json(await c.env.web.clients.oauth.token(clientFields(c))))
  .post('/oauth/revoke', async (c) => {
    const { web } = c.env;
    const { token, ...client } = clientFields(c);
    const app = await clientOf(c, client);
    if (token) await revokeToken({ pool: web.pool, redis: web.timelines.redis }, app.id, hashOf(token));
    return c.json({});
  })
  .get('/.well-known/oauth-authorization-server', (c) => {
    const origin = originOf(c);
    return c.json({
      issuer: origin,
      authorization_endpoint: `${origin}/oauth/authorize`,
      token_endpoint: `${origin}/oauth/token`,
      revocation_endpoint: `${origin}/oauth/revoke`,
      app_registration_endpoint: `${origin}/api/v1/apps`,
      scopes_supported: SCOPES,
      response_types_supported: ['code'],
      response_modes_supported: ['query'],
      grant_types_supported: ['authorization_code', 'client_credentials'],
      token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'none'],
      revocation_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'none'],
      code_challenge_methods_supported: ['S256'],
    });
  });

const foreignAnswer = () =>
  new MastodonError(403, 'Expected an answer of the page of consent of this session: open it again');

/** Nothing can be sent to the address that stands for none. Our page shows the code instead. */
function shownOutOfBand(next: string): string {
  if (!next.startsWith(OUT_OF_BAND)) return next;
  return `/oauth/authorize/code${new URL(next).search}`;
}

/** The parameters of a call. An app may also name itself by Basic authentication. */
function clientFields(c: Context<MastodonEnv>): Fields {
  return { ...textsIn(c.var.input), ...basicOf(c.req.header('authorization')) };
}

function basicOf(header = ''): Fields {
  const [, encoded] = /^Basic +(\S+) *$/i.exec(header) ?? [];
  if (encoded === undefined) return {};
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':');
  return { client_id: id, client_secret: secret.join(':') };
}

/** The app that calls. One that cannot keep a secret may leave it out: it has the token. */
async function clientOf(c: Context<MastodonEnv>, fields: Fields): Promise<RegisteredApp> {
  const { pool } = c.env.web;
  const { client_id: id = '', client_secret: secret } = fields;
  const app = /^[\da-f]+$/.test(id) ? await findApp(pool, id) : null;
  if (!app || (secret && !(await isSecretOf(pool, app, secret)))) throw unknownClient();
  return app;
}
