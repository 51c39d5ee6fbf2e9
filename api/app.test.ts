import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { PoolBusy } from '#core/postgres.ts';
import { freePort } from '#dev/ports.ts';
import { eventually } from '#testing/eventually.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { refusalOf } from './refusal-of.ts';

let world: World;
let stage: WebStage;
beforeAll(async () => {
  world = await openWorld();
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  stage = await openWebStage(world, { MAX_REQUESTS: '2' });
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const ask = (path: string, init?: RequestInit) => fetch(`${stage.url}${path}`, init);

let cookie: string;
beforeAll(async () => {
  const signedIn = await ask('/api/session', { method: 'POST', body: '{"handle":"ada"}' });
  cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
});

const locks: (() => Promise<unknown>)[] = [];
afterEach(() => Promise.all(locks.splice(0).map((letGo) => letGo())));

/** Requests for the demo accounts are not answered until they are let go. */
async function holdAccounts(): Promise<() => Promise<unknown>> {
  const client = await world.postgres.pool.connect();
  await client.query('BEGIN; LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE');
  let over: Promise<unknown> | undefined;
  const letGo = () => {
    over ??= client.query('ROLLBACK').finally(() => client.release());
    return over;
  };
  locks.push(letGo);
  return letGo;
}

it('answers so many requests at once, refuses one more in words and figures, and goes on when one has left', async () => {
  const letGo = await holdAccounts();
  const running = [ask('/api/accounts'), ask('/api/accounts')];
  await eventually(() => expect(stage.web.requests.count).toBe(2));
  const refused = await ask('/api/schedules');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toMatch(/^[12]$/);
  expect(refused.headers.get('content-type')).toBe('application/problem+json');
  expect(await refused.json()).toMatchObject({ type: '/problems/too-busy', inFlight: 2, limit: 2 });
  expect((await ask('/healthz')).status).toBe(200);
  await letGo();
  expect((await Promise.all(running)).map(({ status }) => status)).toEqual([200, 200]);
  expect((await ask('/api/schedules')).status).toBe(200);
});

it('carries streams beside as many requests as there may be, for they have a bound of their own', async () => {
  const letGo = await holdAccounts();
  const running = [ask('/api/accounts'), ask('/api/accounts')];
  await eventually(() => expect(stage.web.requests.count).toBe(2));
  const stream = await ask('/api/stream?topics=status');
  expect(stream.status).toBe(200);
  expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  await stream.body?.cancel();
  await letGo();
  await Promise.all(running);
});
it('answers a mistake of its own with a problem document that tells nothing, logs it, and gives its place back', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  await world.postgres.pool.query('ALTER TABLE trend RENAME TO trend_away');
  for (const _ of [1, 2, 3]) {
    const failed = await ask('/api/trends');
    expect(failed.status).toBe(500);
    expect(await failed.json()).toMatchObject({
      type: '/problems/internal',
      detail: expect.not.stringContaining('trend'),
    });
  }
  await world.postgres.pool.query('ALTER TABLE trend_away RENAME TO trend');
  expect(logged).toHaveBeenCalledTimes(3);
  expect(String(logged.mock.calls[0]?.[0])).toContain('relation "trend" does not exist');
  logged.mockRestore();
  expect((await ask('/api/trends')).status).toBe(200);
});

it('says busy, and not that Postgres is away, when no connection is to be had', () => {
  const refusal = refusalOf(
    new PoolBusy('All 6 connections to Postgres are taken and 100 requests wait for one'),
  );
  expect(refusal.kind).toBe('too-busy');
  expect(refusal.headers['retry-after']).toMatch(/^[12]$/);
  expect(refusal.detail).toContain('100 requests wait for one');
});

it('says what a path may be asked for, and that there is no such path', async () => {
  const wrong = await ask('/api/tweets/7', { method: 'PUT' });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'DELETE']);
  expect(await wrong.json()).toMatchObject({
    type: '/problems/method-not-allowed',
    detail: /DELETE, got PUT/,
  });
  const options = await ask('/api/queue', { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD']);
  expect((await ask('/api/queue', { method: 'HEAD' })).status).toBe(200);
  const unknown = await ask('/api/nothing');
  expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json']);
});

it.each([
  [{ 'sec-fetch-site': 'cross-site' }, 403],
  [{ origin: 'http://evil.example' }, 403],
  [{ 'sec-fetch-site': 'same-origin' }, 204],
  [{}, 204],
])('takes a change from our own pages and from what is no browser: %o', async (headers, status) => {
  const answer = await ask('/api/session', { method: 'POST', body: '{"handle":"ada"}', headers });
  expect(answer.status).toBe(status);
});

it('asks who acts before it looks at the body, takes JSON by any name, and names every field', async () => {
  const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>) =>
    ask('/api/tweets', { method: 'POST', body, headers });
  expect((await post('{', {})).status).toBe(401);
  expect((await post('x'.repeat(20_000), {})).status).toBe(401);
  const keyed = { cookie, 'idempotency-key': 'a-key-of-the-tests' };
  expect(await (await post('{', { cookie })).json()).toMatchObject({
    type: '/problems/idempotency-key-missing',
  });
  expect(await (await post('{', keyed)).json()).toMatchObject({ type: '/problems/malformed-json' });
  expect((await post('x'.repeat(20_000), keyed)).status).toBe(413);
  const latin1 = await post(Buffer.from('{"text":"é"}', 'latin1'), keyed);
  expect(await latin1.json()).toMatchObject({
    type: '/problems/malformed-json',
    detail: expect.stringContaining('UTF-8'),
  });
  const wrong = await (await post('{"text":1,"other":2}', keyed)).json();
  expect(wrong.errors.map(({ field }: { field: string }) => field)).toEqual(['text', 'body']);
  expect((await post('{"text":"Hello"}', { ...keyed, 'content-type': 'text/plain' })).status).toBe(202);
});

it('answers 503 to who retries or discards dead letters while the broker is away, and says which server that is', async () => {
  const away = await openWebStage(
    { ...world, queueRedisUrl: `redis://127.0.0.1:${await freePort()}` },
    { OPERATORS: 'ada' },
  );
  const init = { method: 'POST', headers: { cookie }, body: '{"queue":"fan-out"}' };
  for (const act of ['retry', 'discard']) {
    const answer = await fetch(`${away.url}/api/dead-letters/${act}`, init);
    expect([act, answer.status]).toEqual([act, 503]);
    expect(await answer.json()).toMatchObject({
      type: '/problems/unavailable',
      detail: expect.stringContaining('The broker does not answer'),
    });
  }
  await away.stop();
});

it.each([
  ['/api/tasks?kind=a%00b', 'kind'],
  ['/api/timelines/home?cursor=%00', 'cursor'],
  ['/api/stream?topics=delivery:%00', 'topics'],
])('refuses a NUL by naming its field: %s', async (path, field) => {
  const refused = await ask(path, { headers: { cookie } });
  expect(refused.status).toBe(400);
  expect((await refused.json()).errors).toMatchObject([{ field }]);
});
