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
