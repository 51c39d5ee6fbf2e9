import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, test } from 'vitest';
import { z } from 'zod';
import { MINUTE } from '#core/durations.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { CallRates } from './call-rates.ts';

let world: World;
let stage: WebStage;
beforeAll(async () => {
  world = await openWorld();
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  stage = await openWebStage(world);
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const ask = (path: string, init?: RequestInit) =>
  fetch(`${stage.url}${path}`, { redirect: 'manual', ...init });
const register = (init: RequestInit, query = '') => ask(`/api/v1/apps${query}`, { method: 'POST', ...init });

const APP = { client_name: 'Märchen', redirect_uris: 'https://app.example/back', scopes: 'read write' };

it.each([
  ['/api/v1/nothing', 404],
  ['/api/v2/nothing/', 404],
  ['/oauth/nothing', 404],
  ['/.well-known/webfinger?resource=acct:ada@localhost', 404],
  ['/nodeinfo/3.0', 404],
  ['/api/v1/instance', 405],
])('answers %s by a JSON error, also where nothing is', async (path, status) => {
  const answer = await ask(path, { method: status === 405 ? 'DELETE' : 'GET' });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([status, 'application/json']);
  expect(await answer.json()).toEqual({ error: expect.any(String) });
  expect(answer.headers.get('allow')).toBe(status === 405 ? 'GET' : null);
});

it('says in the same manner that it does not go by a name', async () => {
  const answered = await new Promise<IncomingMessage>((resolve, reject) => {
    const headers = { host: 'fan.example' };
    request({ port: stage.port, host: '127.0.0.1', path: '/api/v1/instance', headers }, resolve)
      .on('error', reject)
      .end();
  });
  expect([answered.statusCode, answered.headers['content-type']]).toEqual([421, 'application/json']);
  expect(JSON.parse(await text(answered))).toEqual({ error: expect.stringContaining('ALLOWED_HOSTS') });
});

it('takes a slash at the end of a path for nothing', async () => {
  for (const path of ['/api/v1/instance/', '/api/v2/instance/', '/.well-known/nodeinfo/'])
    expect([path, (await ask(path)).status]).toEqual([path, 200]);
});

it.each([
  ['JSON', { body: JSON.stringify(APP), headers: { 'content-type': 'application/json; charset=utf-8' } }],
  ['a form', { body: new URLSearchParams(APP) }],
  ['a multipart form', { body: formOf(APP) }],
  ['a query', {}, `?${new URLSearchParams(APP)}`],
])('reads the parameters from %s', async (_kind, init, query = '') => {
  const answer = await register(init, query);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ name: 'Märchen', redirect_uri: APP.redirect_uris });
});

const asJson = (fields: object) => ({
  ...{ body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } },
});

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

it.each([
  ['JSON that is none', '{"client_name":', 'application/json', 400],
  ['JSON that is no object', '[1]', 'application/json', 400],
  ['a multipart form without its boundary', 'x', 'multipart/form-data', 400],
  ['text that is not UTF-8', new Uint8Array([0xff, 0xfe]), 'application/json', 400],
  ['more than is read', 'x'.repeat(70_000), 'application/json', 413],
  [
    'a field that is too long',
    JSON.stringify({ ...APP, client_name: 'x'.repeat(61) }),
    'application/json',
    422,
  ],
  ['a NUL', JSON.stringify({ ...APP, client_name: 'a\0b' }), 'application/json', 422],
  ['no field at all', '', 'application/x-www-form-urlencoded', 422],
])('refuses %s, and says so', async (_what, body, contentType, status) => {
  const answer = await register({ body, headers: { 'content-type': contentType } });
  expect(answer.status).toBe(status);
  expect(answer.headers.get('x-ratelimit-remaining')).toMatch(/^\d+$/);
  expect(await answer.json()).toEqual({ error: expect.stringMatching(/xpected/) });
});

it.each([
  ['a form', () => ({ body: new URLSearchParams('scopes[]=read&'.repeat(1_001)) })],
  ['JSON', () => asJson({ ...APP, scopes: Array(1_001).fill('read') })],
  ['a query', () => ({}), `?${'scopes[]&'.repeat(1_001)}`],
])('refuses a list of more than a thousand values in %s', async (_kind, init, query = '') => {
  const answer = await register(init(), query);
  expect(answer.status).toBe(422);
  expect(await answer.json()).toEqual({
    error: 'Validation failed: scopes: Expected at most 1000 values',
  });
});

it('reads a list of a thousand values, each where it stands', async () => {
  const redirect_uris = Array.from({ length: 20 }, (_, n) => `https://app.example/${n}`);
  const body = new URLSearchParams({ client_name: 'App' });
  for (const uri of redirect_uris) body.append('redirect_uris[]', uri);
  for (let n = 0; n < 1_000; n++) body.append('scopes[]', 'read');
  expect(await (await register({ body })).json()).toMatchObject({ redirect_uris, scopes: ['read'] });
});

it('lets pages of other sites call what needs a token, and ask nobody for consent', async () => {
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST' };
  for (const path of ['/api/v1/statuses', '/api/v2/search', '/oauth/token', '/oauth/revoke']) {
    const preflight = await ask(path, { method: 'OPTIONS', headers });
    expect([path, preflight.status]).toEqual([path, 204]);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Idempotency-Key');
  }
  const refused = await ask('/api/v1/nothing', { headers: { origin: 'https://app.example' } });
  expect(refused.headers.get('access-control-allow-origin')).toBe('*');
  expect(refused.headers.get('access-control-expose-headers')).toContain('Link');
  const consent = await ask('/oauth/authorize', { method: 'POST', headers });
  expect(consent.headers.get('access-control-allow-origin')).toBeNull();
});

it('says in every answer how many calls are left, and refuses one too many', async () => {
  const own = await openWebStage(world);
  own.web.clients.callRates = new CallRates({ most: 2, within: MINUTE }, undefined, () => 7);
  const answers = [];
  for (let calls = 0; calls < 3; calls++) answers.push(await fetch(`${own.url}/api/v1/nothing`));
  await own.stop();
  const figures = answers.map(({ status, headers }) => [status, headers.get('x-ratelimit-remaining')]);
  expect(figures).toEqual([
    [404, '1'],
    [404, '0'],
    [429, '0'],
  ]);
  const last = answers.at(-1)?.headers;
  expect(last?.get('x-ratelimit-limit')).toBe('2');
  expect(last?.get('x-ratelimit-reset')).toBe('1970-01-01T00:01:00.000Z');
  expect(Number(last?.get('retry-after'))).toBeGreaterThan(0);
});

it('counts the calls of apps that act for nobody for their network', async () => {
  const tokens = [await ownToken(), await ownToken()];
  const own = await openWebStage(world);
  own.web.clients.callRates = new CallRates({ most: 3, within: MINUTE }, undefined, () => 7);
  const statuses = [];
  for (const token of [...tokens, ...tokens]) {
    const headers = { authorization: `Bearer ${token}` };
    statuses.push((await fetch(`${own.url}/api/v1/apps/verify_credentials`, { headers })).status);
  }
  await own.stop();
  expect(statuses).toEqual([200, 200, 200, 429]);
});

/** The token that a new app gets for itself. */
async function ownToken(): Promise<string> {
  const app = z
    .record(z.string(), z.unknown())
    .parse(await (await register({ body: new URLSearchParams(APP) })).json());
  const { client_id, client_secret } = app;
  const body = JSON.stringify({ client_id, client_secret, grant_type: 'client_credentials' });
  const headers = { 'content-type': 'application/json' };
  const answer: unknown = await (await ask('/oauth/token', { method: 'POST', headers, body })).json();
  return z.object({ access_token: z.string() }).parse(answer).access_token;
}

test('calls of all processes count, and its own alone while the others are unknown', async () => {
  let all: number | null = 5;
  const rates = new CallRates({ most: 7, within: MINUTE }, { counts: { add: async () => all }, name: 'x' });
  expect(await rates.count('ada')).toMatchObject({ remaining: 2 });
  all = null;
  expect(await rates.count('ada')).toMatchObject({ remaining: 1 });
});

test('a window of calls begins with the clock', async () => {
  let now = 59_999;
  const rates = new CallRates({ most: 1, within: MINUTE }, undefined, () => now);
  expect(await rates.count('ada')).toEqual({ limit: 1, remaining: 0, resetAt: MINUTE, isOver: false });
  expect(await rates.count('ada')).toMatchObject({ isOver: true });
  expect(await rates.count('bob')).toMatchObject({ isOver: false });
  now = MINUTE;
  expect(await rates.count('ada')).toMatchObject({ isOver: false, resetAt: 2 * MINUTE });
});
