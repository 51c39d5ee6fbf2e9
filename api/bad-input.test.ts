import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Problem, TaskList, TimelinePage } from '#api/contract.ts';
import { HOUR, MINUTE } from '#core/durations.ts';
import { addDemoAccount } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

/* Bad input gets an answer that names the field, and writes nothing. What may be asked twice gets the same answer twice. */

let world: World;
let stage: WebStage;
let cookie: string;
beforeAll(async () => {
  world = await openWorld();
  for (const [id, handle] of ['ada', 'bob'].entries())
    await addDemoAccount(world.postgres.pool, { id: id + 1, handle });
  stage = await openWebStage(world);
  cookie = await cookieOf(stage, 'ada');
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

type Sent = { body?: unknown; headers?: Record<string, string> };

const ask = (method: string, path: string, { body, headers }: Sent = {}) =>
  fetch(`${stage.url}${path}`, {
    method,
    headers: { cookie, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const tweet = (body: unknown, headers: Record<string, string> = {}) =>
  ask('POST', '/api/tweets', { body, headers: { 'idempotency-key': crypto.randomUUID(), ...headers } });

async function problemOf(answer: Response): Promise<Problem> {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  return answer.json();
}

const fieldsOf = async (answer: Response) => {
  const { status, errors } = await problemOf(answer);
  return [status, ...(errors ?? []).map(({ field }) => field)];
};

async function newestOf(handle: string): Promise<number | undefined> {
  const page: TimelinePage = await (await ask('GET', `/api/users/${handle}/tweets?limit=1`)).json();
  return page.tweets[0]?.id;
}

const FAMILY = '👨‍👩‍👧‍👦'; // one character to a reader, 11 code units

it.each([
  ['an empty text', { text: ' \n' }, 'text'],
  ['a text of 281 characters', { text: FAMILY.repeat(281) }, 'text'],
  ['no text', {}, 'text'],
  ['half of a surrogate pair', { text: '\ud83d' }, 'text'],
  ['a field that nobody asked for', { text: 'Hello', colour: 'red' }, 'body'],
  ['a list', ['Hello'], 'body'],
  ['a time that is over', { text: 'Hi', scheduledFor: new Date(0).toISOString() }, 'scheduledFor'],
])('a tweet of %s is refused, the answer names the field, and nothing is written', async (_, body, field) => {
  const before = await newestOf('ada');
  expect(await fieldsOf(await tweet(body))).toEqual([400, field]);
  expect(await newestOf('ada')).toBe(before);
});

it.each([
  [{ 'idempotency-key': 'a key' }, 400, 'validation', 'Idempotency-Key'],
  [{ 'idempotency-key': '1234567' }, 400, 'validation', 'Idempotency-Key'],
  [{ 'x-account': 'bob' }, 403, 'forbidden', 'bob'],
  [{ 'x-account': 'nobody_here' }, 403, 'forbidden', 'nobody_here'],
  [{ 'sec-fetch-site': 'cross-site' }, 403, 'foreign-origin', 'Sec-Fetch-Site'],
  [{ origin: 'https://example.org' }, 403, 'foreign-origin', 'Origin'],
  [{ cookie: '' }, 401, 'unauthorized', ''],
])('a tweet with %o is refused in words', async (headers: Record<string, string>, status, type, says) => {
  const problem = await problemOf(await tweet({ text: 'Hello' }, headers));
  expect(problem).toMatchObject({ status, type: `/problems/${type}` });
  expect(problem.detail).toContain(says);
});

it.each([
  ['GET', '/api/timelines/home?cursor=nonsense', undefined, 'cursor'],
  ['GET', '/api/timelines/home?limit=0', undefined, 'limit'],
  ['GET', '/api/users/ada/tweets?limit=101', undefined, 'limit'],
  ['GET', '/api/users/ada/tweets?limit=ten', undefined, 'limit'],
  ['POST', '/api/tasks', { kind: 'nonsense' }, 'kind'],
  ['GET', '/api/tasks?scope=yours', undefined, 'scope'],
  ['GET', '/api/tasks?state=lost', undefined, 'state'],
  ['POST', '/api/schedules', { name: 'bad', kind: 'trends', cron: '61 * * * *' }, 'cron'],
  ['POST', '/api/schedules', { name: 'bad', kind: 'trends', cron: '0 0 30 2 *' }, 'cron'],
  [
    'POST',
    '/api/schedules',
    { name: 'bad', kind: 'trends', cron: '0 3 * * *', timeZone: 'Mars/X' },
    'timeZone',
  ],
  ['POST', '/api/schedules', { name: 'bad', kind: 'trends', everyMs: 100 }, 'everyMs'],
  ['POST', '/api/schedules', { name: 'bad', kind: 'trends' }, 'cron'],
  ['POST', '/api/schedules', { name: 'bad', kind: 'archive', everyMs: MINUTE }, 'kind'],
])('%s %s with %o is refused by naming its field', async (method, path, body, field) => {
  expect(await fieldsOf(await ask(method, path, { body }))).toEqual([400, field]);
});

it.each([
  '/api/users/nobody_here',
  '/api/tweets/4242424242/delivery',
  '/api/tweets/x/delivery',
  '/api/tasks/x',
])('what is not there is not found: %s', async (path) => {
  expect(await problemOf(await ask('GET', path))).toMatchObject({ status: 404, type: '/problems/not-found' });
});

it('280 families are 280 characters', async () => {
  expect((await tweet({ text: FAMILY.repeat(280) })).status).toBe(202);
});

it('the same key and body again get the same answer, and another body is refused', async () => {
  const key = { 'idempotency-key': crypto.randomUUID() };
  const [first, again] = [await tweet({ text: 'Once.' }, key), await tweet({ text: 'Once.' }, key)];
  expect([first.status, again.status]).toEqual([202, 202]);
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  expect(await again.json()).toEqual(await first.json());
  const other = await problemOf(await tweet({ text: 'Else.' }, key));
  expect(other).toMatchObject({ status: 422, type: '/problems/idempotency-mismatch' });
});

it('the same key ten times at once makes one tweet', async () => {
  const key = { 'idempotency-key': crypto.randomUUID() };
  const answers = await Promise.all(Array.from({ length: 10 }, () => tweet({ text: 'Ten is once.' }, key)));
  const accepted = answers.filter(({ status }) => status === 202);
  // The others came while the first one was being answered, and may ask again.
  expect(answers.filter(({ status }) => status === 409).length).toBe(10 - accepted.length);
  expect(new Set(await Promise.all(accepted.map((answer) => answer.text()))).size).toBe(1);
});

it('a schedule is added, seen, changed, and removed by whoever made it', async () => {
  const body = { name: 'mine', kind: 'trends', cron: '0 3 * * *', timeZone: 'Europe/Berlin' };
  const added = await ask('POST', '/api/schedules', { body });
  expect([added.status, added.headers.get('location')]).toEqual([201, '/api/schedules/mine']);
  expect(await fieldsOf(await ask('POST', '/api/schedules', { body }))).toEqual([400, 'name']);
  const { schedules } = await (await ask('GET', '/api/schedules')).json();
  expect(schedules).toContainEqual(expect.objectContaining({ name: 'mine', nextAt: expect.any(String) }));
  const changed = await ask('PATCH', '/api/schedules/mine', { body: { everyMs: MINUTE, enabled: false } });
  expect((await changed.json()).schedule).toMatchObject({ cron: null, everyMs: MINUTE, enabled: false });
  const headers = { cookie: await cookieOf(stage, 'bob') };
  expect((await ask('DELETE', '/api/schedules/mine', { headers })).status).toBe(403);
  expect((await ask('DELETE', '/api/schedules/mine')).status).toBe(204);
});

it('a scheduled tweet is its author’s alone to see and change, until it is too late', async () => {
  const scheduledFor = new Date(Date.now() + HOUR).toISOString();
  const accepted = await tweet({ text: 'Later.', scheduledFor });
  expect(accepted.status).toBe(202);
  const path = accepted.headers.get('location') ?? '';
  const body = { text: 'Later.', scheduledFor: new Date(Date.now() - MINUTE).toISOString() };
  expect(await fieldsOf(await ask('PATCH', path, { body }))).toEqual([400, 'scheduledFor']);
  expect(await fieldsOf(await ask('PATCH', path, { body: {} }))).toEqual([400, 'body']);
  expect((await ask('POST', `${path}/retry`)).status).toBe(404);
  const headers = { cookie: await cookieOf(stage, 'bob') };
  expect((await ask('GET', path, { headers })).status).toBe(404);
  expect((await ask('DELETE', path, { headers })).status).toBe(404);
  const all: TaskList = await (await ask('GET', '/api/tasks?scope=all&kind=tweet', { headers })).json();
  const seen = all.tasks.find(({ id }) => path.endsWith(`/${id}`));
  expect(seen).toMatchObject({ state: 'waiting' });
  for (const hidden of ['data', 'accountId', 'worker', 'error']) expect(seen).not.toHaveProperty(hidden);
  expect((await ask('DELETE', path)).status).toBe(204);
  expect((await (await ask('GET', path)).json()).task).toMatchObject({ state: 'cancelled', attempts: 0 });
  const late = await problemOf(await ask('PATCH', path, { body: { scheduledFor } }));
  expect(late).toMatchObject({ status: 409, type: '/problems/too-late' });
});
