import { Hono } from 'hono';
import { z } from 'zod';
import { requireToken } from '#api/mastodon/bearer.ts';
import { inputOf } from '#api/mastodon/bodies.ts';
import { networkOfCall, refuseTooMany } from '#api/mastodon/count-call.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { MastodonError } from '#api/mastodon/errors.ts';
import { redirectUris } from '#api/mastodon/redirect-uris.ts';
import { storable } from '#api/schemas/requests.ts';
import { AppsFull, registerApp } from '#core/clients/apps.ts';
import { DEFAULT_SCOPES, parseScopes } from '#core/clients/scopes.ts';

const text = (most: number) =>
  storable(z.string({ error: 'Expected text' }).trim().max(most, `Expected at most ${most} characters`));

const website = text(2_000)
  .refine((url) => url === '' || /^https?:\/\//i.test(url), 'Expected an address that starts with https://')
  .nullish()
  .transform((url) => url || null);

const scopes = z
  .union([z.string(), z.array(z.string()).transform((list) => list.join(' '))])
  .transform((sent, context) => {
    const known = parseScopes(sent);
    if (known) return known;
    context.addIssue('Expected scopes such as read, write:statuses or follow, separated by spaces');
    return z.NEVER;
  });

const newApp = z.object({
  client_name: text(60).pipe(z.string().min(1, 'Expected a name')),
  redirect_uris: redirectUris,
  scopes: scopes.default(DEFAULT_SCOPES),
  website,
});

/** Apps: how one registers, and what a token knows of its own. */
export const apps = new Hono<MastodonEnv>()
  .post('/api/v1/apps', async (c) => {
    const { client_name: name, redirect_uris: redirectUris, ...asked } = inputOf(c, newApp);
    const { web } = c.env;
    refuseTooMany(await web.clients.registrations.count(networkOfCall(c.env)), 'new apps an hour');
    const app = await registerApp(web.pool, { name, redirectUris, ...asked }).catch(sayFull);
    return c.json({
      ...{ id: String(app.id), name: app.name, website: app.website, scopes: app.scopes },
      ...{ redirect_uri: redirectUris.join('\n'), redirect_uris: redirectUris },
      ...{ client_id: app.clientId, client_secret: app.clientSecret, client_secret_expires_at: 0 },
      vapid_key: '', // there are no push messages
    });
  })
  .get('/api/v1/apps/verify_credentials', (c) => {
    const { app, scopes } = requireToken(c.var.token);
    return c.json({ id: String(app.id), name: app.name, website: app.website, scopes, vapid_key: '' });
  });

const FULL_WAIT_S = 3_600; // nobody knows when somebody will disconnect an app, or a token of one will be removed

function sayFull(error: unknown): never {
  if (!(error instanceof AppsFull)) throw error;
  throw new MastodonError(
    503,
    'There are as many apps as there may be, and all are in use: try again later',
    {
      headers: { 'retry-after': String(FULL_WAIT_S) },
    },
  );
}
