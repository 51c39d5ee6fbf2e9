import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { answer, fieldProblems, LostAnswer, openApi, ProblemError } from './http.ts';

const servers: Server[] = [];

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const ask = (url: string, patienceMs?: number, signal?: AbortSignal) =>
  answer(openApi(url, patienceMs).api.accounts.$get({}, signal && { init: { signal } }), signal);

test('a call carries what its definition names, and who acts', async () => {
  const url = await serve((incoming, response) => {
    const { 'x-account': account } = incoming.headers;
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ account, url: incoming.url }));
  });
  const { api } = openApi(url);
  const asked = api.users[':handle'].$get({ param: { handle: 'ada' } }, { headers: { 'X-Account': 'ben' } });
  expect(await answer(asked)).toEqual({ account: 'ben', url: '/api/users/ada' });
});

test('a problem document becomes an error with its fields and Retry-After in milliseconds', async () => {
  const problem = { type: '/problems/over-capacity', title: 'Full', status: 503, detail: 'No room' };
  const url = await serve((_, response) => {
    response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '4' });
    response.end(JSON.stringify(problem));
  });
  const error = await ask(url).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ProblemError);
  expect(error).toMatchObject({ problem, retryAfterMs: 4_000 });
});

test('an error page that is no problem document is one all the same', async () => {
  const url = await serve((_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>'));
  await expect(ask(url)).rejects.toMatchObject({ problem: { status: 502 }, retryAfterMs: null });
});

test('an answer that does not come in time is lost, also one that stops half-way', async () => {
  const silent = await serve(() => {});
  await expect(ask(silent, 50)).rejects.toBeInstanceOf(LostAnswer);
  const halfWay = await serve((_, response) => response.writeHead(200).write('{"half":'));
  await expect(ask(halfWay, 200)).rejects.toBeInstanceOf(LostAnswer);
});

test('a request that was given up by its caller is not called lost', async () => {
  const url = await serve(() => {});
  const given = new AbortController();
  const asked = ask(url, undefined, given.signal);
  given.abort(new Error('Cancelled'));
  await expect(asked).rejects.toThrow('Cancelled');
});

test('an answer that never comes is lost, which is not a refusal', async () => {
  const url = await serve((incoming) => incoming.socket.destroy());
  await expect(ask(url)).rejects.toBeInstanceOf(LostAnswer);
});

const refusal = (errors?: { field: string; message: string }[]) =>
  new ProblemError(
    { type: '', title: '', status: 400, detail: 'All of it', ...(errors && { errors }) },
    null,
  );

test('each part of a refusal stands at its field', () => {
  const error = refusal([
    { field: 'cron', message: 'impossible' },
    { field: 'timeZone', message: 'unknown' },
  ]);
  expect(fieldProblems(error, ['cron', 'timeZone'])).toEqual({ cron: 'impossible', timeZone: 'unknown' });
});

test('what belongs to no field of the form is said below it', () => {
  expect(fieldProblems(refusal([{ field: 'body', message: 'x' }]), ['cron'])).toEqual({ form: 'All of it' });
  expect(fieldProblems(refusal(), ['cron'])).toEqual({ form: 'All of it' });
  expect(fieldProblems(new LostAnswer('gone'), ['cron']).form).toMatch(/did not answer/);
});
