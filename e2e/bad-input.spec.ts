import { randomUUID } from 'node:crypto';
import { type APIRequestContext, type APIResponse, expect, test } from '@playwright/test';
import type { Problem, TimelinePage } from '#api/contract.ts';
import { celebrity } from '#prisma/seed/demo/celebrity.ts';
import { ordinary } from '#prisma/seed/demo/ordinary.ts';
import { newText } from './new-text.ts';
import { theApp } from './processes.ts';
import { signIn } from './sign-in.ts';

const FAMILY = '👨‍👩‍👧‍👦'; // one character to a reader, 11 code units

test.beforeEach(({ request }) => signIn(request, ordinary));

const BAD_BODIES = [
  { name: 'an empty text', body: { text: ' \n' }, field: 'text' },
  { name: 'a text of 281 characters', body: { text: FAMILY.repeat(281) }, field: 'text' },
  { name: 'a text that is a number', body: { text: 42 }, field: 'text' },
  { name: 'no text', body: {}, field: 'text' },
  { name: 'half of a surrogate pair', body: { text: '\ud83d' }, field: 'text' },
  { name: 'a field that nobody asked for', body: { text: 'Hello', colour: 'red' }, field: 'body' },
  { name: 'a list', body: ['Hello'], field: 'body' },
];

for (const { name, body, field } of BAD_BODIES) {
  test(`${name} is refused, and the answer names the field`, async ({ request }) => {
    await expectNothingWritten(request, async () => {
      const answer = await post(request, JSON.stringify(body));
      const problem = await expectProblem(request, answer, { status: 400, type: 'validation' });
      expect(problem.errors?.map((error) => error.field)).toEqual([field]);
    });
  });
}

const BAD_REQUESTS = [
  { name: 'malformed JSON', body: '{"text":', status: 400, type: 'malformed-json', names: 'body' },
  {
    name: 'an oversized body',
    body: `{"text":"${'a'.repeat(20_000)}"}`,
    status: 413,
    type: 'too-large',
    names: 'body',
  },
  {
    name: 'a key with a space',
    headers: { 'Idempotency-Key': 'a key' },
    status: 400,
    type: 'validation',
    names: 'Idempotency-Key',
  },
  {
    name: 'a key of 7 characters',
    headers: { 'Idempotency-Key': '1234567' },
    status: 400,
    type: 'validation',
    names: 'Idempotency-Key',
  },
  {
    name: 'an account that was not signed in',
    headers: { 'X-Account': celebrity.handle },
    status: 403,
    type: 'forbidden',
    names: celebrity.handle,
  },
  {
    name: 'an account that does not exist',
    headers: { 'X-Account': 'nobody_here' },
    status: 403,
    type: 'forbidden',
    names: 'nobody_here',
  },
  {
    name: 'a page of another site',
    headers: { 'Sec-Fetch-Site': 'cross-site' },
    status: 403,
    type: 'foreign-origin',
    names: 'Sec-Fetch-Site',
  },
  {
    name: 'an older browser on another site',
    headers: { Origin: 'https://example.org' },
    status: 403,
    type: 'foreign-origin',
    names: 'Origin',
  },
];

for (const { name, body, headers, names, ...expected } of BAD_REQUESTS) {
  test(`${name} is refused, and nothing is written`, async ({ request }) => {
    await expectNothingWritten(request, async () => {
      const answer = await post(request, body ?? JSON.stringify({ text: 'Hello' }), headers);
      const problem = await expectProblem(request, answer, expected);
      expect(problem.detail).toContain(names);
    });
  });
}

test('a tweet without a key is refused', async ({ request }) => {
  await expectNothingWritten(request, async () => {
    const answer = await request.post('/api/tweets', { data: { text: 'Hello' } });
    const problem = await expectProblem(request, answer, { status: 400, type: 'idempotency-key-missing' });
    expect(problem.errors?.[0]?.field).toBe('Idempotency-Key');
  });
});

test('without a session nothing can be posted or read', async ({ playwright }) => {
  const stranger = await playwright.request.newContext({ baseURL: theApp().url });
  const expected = { status: 401, type: 'unauthorized' };
  await expectProblem(stranger, await post(stranger, JSON.stringify({ text: 'Hello' })), expected);
  await expectProblem(stranger, await stranger.get('/api/timelines/home'), expected);
  await stranger.dispose();
});

for (const [query, field] of [
  ['cursor=nonsense', 'cursor'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=ten', 'limit'],
]) {
  test(`a timeline with ${query} is refused, and the answer names the field`, async ({ request }) => {
    for (const path of ['/api/timelines/home', `/api/users/${ordinary.handle}/tweets`]) {
      const answer = await request.get(`${path}?${query}`);
      const problem = await expectProblem(request, answer, { status: 400, type: 'validation' });
      expect(problem.errors?.map((error) => error.field)).toEqual([field]);
    }
  });
}

test('an unknown person and an unknown tweet are not found', async ({ request }) => {
  const expected = { status: 404, type: 'not-found' };
  for (const path of ['/api/users/nobody_here', '/api/tweets/4242424242/delivery', '/api/tweets/x/delivery'])
    await expectProblem(request, await request.get(path), expected);
});

test('280 families are 280 characters', async ({ request }) => {
  const answer = await post(request, JSON.stringify({ text: FAMILY.repeat(280) }));
  expect(answer.status()).toBe(202);
});

test('the same key and body again get the same answer, another body is refused', async ({ request }) => {
  const [key, text] = [randomUUID(), newText('Twice is once.')];
  const first = await post(request, JSON.stringify({ text }), { 'Idempotency-Key': key });
  const again = await post(request, JSON.stringify({ text }), { 'Idempotency-Key': key });
  expect([first.status(), again.status()]).toEqual([202, 202]);
  expect(await again.json()).toEqual(await first.json());
  expect(again.headers().location).toBe(first.headers().location);

  await expectNothingWritten(request, async () => {
    const other = await post(request, JSON.stringify({ text: 'Else' }), { 'Idempotency-Key': key });
    await expectProblem(request, other, { status: 422, type: 'idempotency-mismatch' });
  });
});

test('the same key ten times at once makes one tweet', async ({ request }) => {
  const [key, text] = [randomUUID(), newText('Ten is once.')];
  const send = () => post(request, JSON.stringify({ text }), { 'Idempotency-Key': key });
  const answers = await Promise.all(Array.from({ length: 10 }, send));
  const accepted = answers.filter((answer) => answer.status() === 202);
  // The others came while the first one was being answered, and may ask again.
  expect(answers.filter((answer) => answer.status() === 409).length).toBe(10 - accepted.length);
  const bodies = await Promise.all(accepted.map((answer) => answer.text()));
  expect(new Set(bodies).size).toBe(1);
});

const post = (
  request: APIRequestContext,
  body: string,
  headers: Record<string, string> = {},
): Promise<APIResponse> =>
  request.post('/api/tweets', {
    data: Buffer.from(body),
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': randomUUID(), ...headers },
  });

/** A problem document of RFC 9457, whose type leads to a page. */
async function expectProblem(
  request: APIRequestContext,
  answer: APIResponse,
  { status, type }: { status: number; type: string },
): Promise<Problem> {
  expect(answer.status()).toBe(status);
  expect(answer.headers()['content-type']).toBe('application/problem+json');
  const problem: Problem = await answer.json();
  expect(problem).toMatchObject({ type: `/problems/${type}`, status });
  expect((await request.get(problem.type)).status()).toBe(200);
  return problem;
}

async function expectNothingWritten(request: APIRequestContext, work: () => Promise<void>): Promise<void> {
  const before = await newest(request);
  await work();
  expect(await newest(request)).toBe(before);
}

/** The newest tweet of either person who could have posted here. */
async function newest(request: APIRequestContext): Promise<string> {
  const pages = [ordinary, celebrity].map(async ({ handle }) => {
    const page: TimelinePage = await (await request.get(`/api/users/${handle}/tweets?limit=1`)).json();
    return page.tweets[0]?.id;
  });
  return (await Promise.all(pages)).join();
}
