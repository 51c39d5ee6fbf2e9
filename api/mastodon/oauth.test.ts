import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { z } from 'zod';
import { HOUR } from '#core/durations.ts';
import { openPostgres } from '#core/postgres.ts';
import { freePort } from '#dev/ports.ts';
import { addDemoAccount } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { requireBearer } from './bearer.ts';
import { CallRates } from './call-rates.ts';
import { OAuthServer } from './oauth-server.ts';

let world: World;
let stage: WebStage;
let cookie: string;
beforeAll(async () => {
  world = await openWorld();
  for (const [id, handle] of ['', 'ada', 'bob'].entries())
    if (handle) await addDemoAccount(world.postgres.pool, { id, handle });
  stage = await openWebStage(world);
  cookie = await cookieOf(stage, 'ada');
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const REDIRECT = 'https://app.example/back';
const OUT_OF_BAND = 'urn:ietf:wg:oauth:2.0:oob';
const ask = (path: string, init?: RequestInit) =>
  fetch(`${stage.url}${path}`, { redirect: 'manual', ...init });
const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
  ask(path, { method: 'POST', body: new URLSearchParams(fields), headers });

const registered = z.object({ client_id: z.string(), client_secret: z.string() });
const issued = z.object({ access_token: z.string(), scope: z.string() });

const register = async (redirect_uris = REDIRECT, scopes = 'read write follow push') =>
  registered.parse(await (await form('/api/v1/apps', { client_name: 'App', redirect_uris, scopes })).json());

type Client = z.infer<typeof registered>;

/** What the page of consent sends when somebody presses a button. */
async function consent(client: Client, more: Record<string, string> = {}): Promise<Response> {
  const { fields } = await shown(client, more);
  return form('/oauth/authorize', { account: 'ada', decision: 'allow', ...more, ...fields }, { cookie });
}

async function shown({ client_id }: Client, more: Record<string, string> = {}) {
  const asked = { client_id, redirect_uri: REDIRECT, response_type: 'code', ...more };
  const view = await stage.web.clients.consents.describe(asked, cookie);
  if (view.kind === 'refused') throw new Error(view.why);
  return view;
}

const nextOf = (answer: Response) => new URL(answer.headers.get('location') ?? '', stage.url);
const codeOf = async (client: Client, more: Record<string, string> = {}) =>
  nextOf(await consent(client, more)).searchParams.get('code') ?? '';

const forCode = (client: Client, code: string) => ({
  ...{ ...client, code, grant_type: 'authorization_code', redirect_uri: REDIRECT },
});
const tokenFor = async (client: Client, scope = 'read write follow push') =>
  issued.parse(await (await form('/oauth/token', forCode(client, await codeOf(client, { scope })))).json());

const whoseApp = (token: string) =>
  ask('/api/v1/apps/verify_credentials', { headers: { authorization: `Bearer ${token}` } });
const rowsOf = async (table: string) => (await world.postgres.pool.query(`SELECT FROM ${table}`)).rowCount;

test('an independent client finds the server, signs in by PKCE, calls, and revokes its token', async () => {
  const insecure = { [oauth.allowInsecureRequests]: true };
  const issuer = new URL(stage.url);
  const found = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
  const server = await oauth.processDiscoveryResponse(issuer, found);
  const app = await register();
  const client = { client_id: app.client_id };
  const secret = oauth.ClientSecretBasic(app.client_secret);
  const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()];
  const answer = await consent(app, {
    ...{ scope: 'read write', state, code_challenge_method: 'S256' },
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  });
  const given = oauth.validateAuthResponse(server, client, nextOf(answer), state);
  const answered = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    secret,
    given,
    REDIRECT,
    verifier,
    insecure,
  );
  const token = await oauth.processAuthorizationCodeResponse(server, client, answered);
  expect(token).toEqual({
    ...{ access_token: expect.any(String), token_type: 'bearer', scope: 'read write' },
    created_at: expect.any(Number),
  });
  const url = new URL('/api/v1/apps/verify_credentials', stage.url);
  const called = await oauth.protectedResourceRequest(
    token.access_token,
    'GET',
    url,
    undefined,
    null,
    insecure,
  );
  expect(await called.json()).toMatchObject({ name: 'App', scopes: ['read', 'write'] });
  await oauth.processRevocationResponse(
    await oauth.revocationRequest(server, client, secret, token.access_token, insecure),
  );
  expect((await whoseApp(token.access_token)).status).toBe(401);
});

it.each([
  ['a form', (fields: Record<string, string>) => ({ body: new URLSearchParams(fields) })],
  [
    'JSON',
    (fields: object) => ({ body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } }),
  ],
  ['a multipart form', (fields: Record<string, string>) => ({ body: multipart(fields) })],
])('gives a token for a code that comes in %s', async (_kind, init) => {
  const client = await register();
  const answer = await ask('/oauth/token', {
    method: 'POST',
    ...init(forCode(client, await codeOf(client))),
  });
  expect(await answer.json()).toEqual({
    ...{ access_token: expect.any(String), token_type: 'Bearer', scope: 'read' },
    created_at: expect.any(Number),
  });
});

function multipart(fields: Record<string, string>): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return body;
}

it('tells the app when somebody denies, and gives it nothing', async () => {
  const before = await rowsOf('authorization_code');
  const denied = nextOf(await consent(await register(), { decision: 'deny', state: 's' })).searchParams;
  expect([denied.get('error'), denied.get('state'), denied.get('code')]).toEqual([
    'access_denied',
    's',
    null,
  ]);
  const shown = await consent(await register(OUT_OF_BAND), { decision: 'deny', redirect_uri: OUT_OF_BAND });
  expect(shown.headers.get('location')).toMatch(/^\/oauth\/authorize\/code\?error=access_denied/);
  expect(await rowsOf('authorization_code')).toBe(before);
});

it.each([
  ['an unknown app', { client_id: 'f'.repeat(64) }],
  ['a redirect that was not registered', { redirect_uri: `${REDIRECT}/` }],
  ['a redirect that only begins like one', { redirect_uri: `${REDIRECT}.evil.example` }],
  ['another flow', { response_type: 'token' }],
  ['a challenge that proves nothing', { code_challenge: 'x', code_challenge_method: 'plain' }],
  ['scopes that do not exist', { scope: 'read admin:write' }],
])('asks nobody for consent to %s', async (_what, more) => {
  const asked = { ...(await register()), redirect_uri: REDIRECT, response_type: 'code', ...more };
  expect(await stage.web.clients.consents.describe(asked, cookie)).toMatchObject({ kind: 'refused' });
});
it('keeps each scope of a token once, however often it was asked for', async () => {
  const client = await register();
  const scope = 'read '.repeat(10_000);
  const own = await form('/oauth/token', { ...client, grant_type: 'client_credentials', scope });
  expect(issued.parse(await own.json()).scope).toBe('read');
  const fields = { ...(await shown(client)).fields, account: 'ada', decision: 'allow' };
  const code = nextOf(await form('/oauth/authorize', fields, { cookie })).searchParams.get('code') ?? '';
  const byCode = await form('/oauth/token', { ...forCode(client, code), scope });
  expect(issued.parse(await byCode.json()).scope).toBe('read');
  const { rows } = await world.postgres.pool.query(
    'SELECT max(cardinality(scopes)) AS most FROM access_token t WHERE app_id = (SELECT id FROM client_app WHERE client_id = $1)',
    [client.client_id],
  );
  expect(rows).toEqual([{ most: 1 }]);
});
it('asks nobody for more than the app was registered for', async () => {
  const { client_id } = await register(REDIRECT, 'read');
  const asked = { client_id, redirect_uri: REDIRECT, response_type: 'code', scope: 'read write' };
  expect(await stage.web.clients.consents.describe(asked, cookie)).toMatchObject({ kind: 'refused' });
});

it.each([
  ['comes from another site', {}, { 'sec-fetch-site': 'cross-site' }],
  ['has no token of our page', { csrf_token: '' }, {}],
  ['was shown to another session', {}, { cookie: 'bob' }],
  ['allows more than was shown', { scope: 'read write' }, {}],
  ['names an account that the session does not hold', { account: 'bob' }, {}],
])('takes no answer that %s', async (_what, more, headers: Record<string, string>) => {
  const view = await shown(await register());
  const before = await rowsOf('authorization_code');
  const fields = { ...view.fields, account: headers.cookie ?? 'ada', decision: 'allow', ...more };
  const sent = headers.cookie ? await cookieOf(stage, headers.cookie) : cookie;
  expect((await form('/oauth/authorize', fields, { ...headers, cookie: sent })).status).toBe(403);
  expect(await rowsOf('authorization_code')).toBe(before);
});

it('sends nobody to a place that the app was not registered with', async () => {
  const { client_id } = await register();
  const asked = { client_id, response_type: 'code' };
  const before = await rowsOf('authorization_code');
  for (const redirect_uri of ['https://evil.example', `${REDIRECT}/`, `${REDIRECT}?`, OUT_OF_BAND])
    for (const allowed of ['true', 'false'])
      await expect(
        stage.web.clients.oauth.authorize({ ...asked, redirect_uri, allowed }, 1),
      ).rejects.toMatchObject({
        status: 401,
      });
  expect(await rowsOf('authorization_code')).toBe(before);
});

const wrong: [
  string,
  string,
  (client: Client) => Promise<Record<string, string>> | Record<string, string>,
][] = [
  ['an unknown app', 'invalid_client', () => ({ client_id: 'f'.repeat(64) })],
  ['a wrong secret', 'invalid_client', () => ({ client_secret: 'f'.repeat(64) })],
  ['no secret', 'invalid_client', () => ({ client_secret: '' })],
  ['an unknown code', 'invalid_grant', () => ({ code: 'f'.repeat(64) })],
  ['another redirect', 'invalid_request', () => ({ redirect_uri: `${REDIRECT}/` })],
  ['a verifier without a challenge', 'invalid_grant', () => ({ code_verifier: 'v'.repeat(43) })],
  ['the code of another app', 'invalid_grant', async () => ({ code: await codeOf(await register()) })],
  ['a password', 'unauthorized_client', () => ({ grant_type: 'password', username: 'ada', password: 'x' })],
  ['a grant that does not exist', 'unsupported_grant_type', () => ({ grant_type: 'magic' })],
];
it.each(wrong)('gives no token for %s', async (_what, error, more) => {
  const client = await register();
  const fields = { ...forCode(client, await codeOf(client)), ...(await more(client)) };
  const before = await rowsOf('access_token');
  const answer = await form('/oauth/token', fields);
  expect(answer.status).toBe(error === 'invalid_client' ? 401 : 400);
  expect(await answer.json()).toEqual({ error, error_description: expect.any(String) });
  expect(await rowsOf('access_token')).toBe(before);
});

it('gives no token for a code that is ten minutes old', async () => {
  const client = await register();
  const code = await codeOf(client);
  const { rows } = await world.postgres.pool.query(
    `UPDATE authorization_code SET expires_at = expires_at - interval '10 min' WHERE used_at IS NULL
     RETURNING expires_at <= clock_timestamp() AS past`,
  );
  expect(rows.every(({ past }) => past)).toBe(true); // it lasts no longer than that
  expect(await (await form('/oauth/token', forCode(client, code))).json()).toMatchObject({
    error: 'invalid_grant',
  });
});

it('needs the verifier of a challenge, also from an app with a secret; without a secret it is enough', async () => {
  const client = await register();
  const verifier = oauth.generateRandomCodeVerifier();
  const challenge = {
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  };
  for (const code_verifier of [oauth.generateRandomCodeVerifier(), '']) {
    const fields = { ...forCode(client, await codeOf(client, challenge)), code_verifier };
    expect((await form('/oauth/token', fields)).status).toBe(400);
  }
  const { client_secret, ...own } = forCode(client, await codeOf(client, challenge));
  expect((await form('/oauth/token', { ...own, code_verifier: verifier })).status).toBe(200);
});

it('says that Postgres is away, and not that the app is wrong', async () => {
  const url = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
  const { pool, close } = openPostgres({ url, max: 1, name: 'away' });
  const server = new OAuthServer({ pool, redis: world.timelines });
  const fields = {
    client_id: 'a',
    client_secret: 'b',
    grant_type: 'client_credentials',
    redirect_uri: REDIRECT,
  };
  for (const asked of [server.token(fields), server.authorize({ ...fields, response_type: 'code' }, 1)])
    await expect(asked).rejects.toMatchObject({ status: 503, error: expect.stringContaining('Postgres') });
  await close();
});

it('takes a token back when its code is used again', async () => {
  const client = await register();
  const fields = forCode(client, await codeOf(client));
  const { access_token } = issued.parse(await (await form('/oauth/token', fields)).json());
  expect((await whoseApp(access_token)).status).toBe(200);
  expect(await (await form('/oauth/token', fields)).json()).toMatchObject({ error: 'invalid_grant' });
  expect((await whoseApp(access_token)).status).toBe(401);
});

it('leaves nobody a token when two use a code at the same moment', async () => {
  const client = await register();
  const fields = forCode(client, await codeOf(client));
  const before = await rowsOf('access_token');
  const answers = await Promise.all([1, 2, 3].map(() => form('/oauth/token', fields)));
  expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  expect(await rowsOf('access_token')).toBe(before);
});

it('gives an app a token of its own, which acts for nobody', async () => {
  const client = await register();
  const own = issued.parse(
    await (await form('/oauth/token', { ...client, grant_type: 'client_credentials', scope: 'read' })).json(),
  );
  expect((await whoseApp(own.access_token)).status).toBe(200);
  const token = {
    id: 1,
    account: null,
    app: { id: 1, name: '', website: null },
    scopes: ['read'],
    isNoteDue: false,
  };
  expect(() => requireBearer(token, ['read'])).toThrow('requires an authenticated user');
});

it('lets a token do what its scopes say, and nothing else', () => {
  const account = { id: 1, handle: 'ada' };
  const token = {
    id: 7,
    account,
    app: { id: 1, name: '', website: null },
    scopes: ['read'],
    isNoteDue: false,
  };
  expect(requireBearer(token, ['read:statuses'])).toMatchObject({ account, tokenId: 7 });
  expect(() => requireBearer(token, ['write:statuses'])).toThrow(
    expect.objectContaining({
      status: 403,
      message: expect.stringContaining('outside the authorized scopes'),
    }),
  );
  for (const nobody of [null, 'invalid'] as const)
    expect(() => requireBearer(nobody, [])).toThrow(expect.objectContaining({ status: 401 }));
});

it.each([
  ['without a token', {}],
  ['with a token that is none', { authorization: 'Bearer nothing' }],
  ['with a token of nobody', { authorization: `Bearer ${'f'.repeat(64)}` }],
  ['with a cookie', { cookie: 'cookie' }],
])('answers 401 %s', async (_what, headers: Record<string, string>) => {
  const sent = headers.cookie ? { cookie } : headers;
  const answer = await ask('/api/v1/apps/verify_credentials', { headers: sent });
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
});
it('shows an account its connected apps, and disconnects one at once', async () => {
  const client = await register();
  const { access_token: token } = await tokenFor(client);
  const [newest] = z
    .object({ apps: z.array(z.object({ id: z.int(), name: z.string(), scopes: z.array(z.string()) })) })
    .parse(await (await ask('/api/clients', { headers: { cookie } })).json()).apps;
  expect(newest).toMatchObject({ name: 'App', scopes: ['follow', 'push', 'read', 'write'] });
  const end = (cookie: string) =>
    ask(`/api/clients/${newest?.id}`, { method: 'DELETE', headers: { cookie } });
  expect((await end(await cookieOf(stage, 'bob'))).status).toBe(204); // bob has none of it
  expect((await whoseApp(token)).status).toBe(200);
  expect((await end(cookie)).status).toBe(204);
  expect((await whoseApp(token)).status).toBe(401);
});

it.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'https://app.example/#fragment',
  'https://app example/',
  'back',
  '//app.example/back',
  '',
])('registers no app that wants to be sent back to %j', async (redirect_uris) => {
  const before = await rowsOf('client_app');
  expect((await form('/api/v1/apps', { client_name: 'App', redirect_uris })).status).toBe(422);
  expect(await rowsOf('client_app')).toBe(before);
});

it('lets one network register so many apps within an hour', async () => {
  const own = await openWebStage(world);
  own.web.clients.registrations = new CallRates({ most: 2, within: HOUR }, undefined, () => 7);
  const statuses = [];
  for (let apps = 0; apps < 3; apps++) {
    const body = new URLSearchParams({ client_name: 'App', redirect_uris: REDIRECT });
    statuses.push((await fetch(`${own.url}/api/v1/apps`, { method: 'POST', body })).status);
  }
  await own.stop();
  expect(statuses).toEqual([200, 200, 429]);
});
