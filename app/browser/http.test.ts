import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { answer, fieldProblems, LostAnswer, openApi, ProblemError } from './http.ts';
import { histogram, user } from './shapes.ts';

const servers: Server[] = [];

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a port');
  return `http://127.0.0.1:${address.port}/`;
}

const serveJson = (value: unknown) =>
  serve((_, response) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value)));

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const ask = (url: string, patienceMs?: number, signal?: AbortSignal) =>
  answer(
    openApi(url, patienceMs).api.accounts.histogram.$get({}, signal && { init: { signal } }),
    histogram,
    signal,
  );

const ada = {
  ...{ id: 1, handle: 'ada', name: 'Ada', bio: '', followerCount: 1, followingCount: 0, role: 'ordinary' },
  ...{ operator: false, followedByMe: true },
};

test('a request carries what its definition names, and who acts', async () => {
  const heard: unknown[] = [];
  const url = await serve((incoming, response) => {
    heard.push(incoming.url, incoming.headers['x-account']);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(ada));
  });
  const { api } = openApi(url);
  const asked = api.users[':handle'].$get({ param: { handle: 'ada' } }, { headers: { 'X-Account': 'ben' } });
  expect(await answer(asked, user)).toEqual(ada);
  expect(heard).toEqual(['/api/users/ada', 'ben']);
});

test('an answer of another shape is lost, and says what was expected', async () => {
  const error = await ask(await serveJson({ followers: [{ from: 0, people: 'many' }] })).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LostAnswer);
  expect(error).toHaveProperty('cause.issues.0.path', ['followers', 0, 'people']);
});

test('what an answer holds beyond its shape is left out', async () => {
  expect(await ask(await serveJson({ followers: [], later: true }))).toEqual({ followers: [] });
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

test('a refusal without a problem document, or with a broken one, becomes a problem by its status', async () => {
  const page = await serve((_, response) => response.writeHead(502).end('<h1>Bad gateway</h1>'));
  await expect(ask(page)).rejects.toMatchObject({ problem: { status: 502 }, retryAfterMs: null });
  const broken = await serve((_, response) =>
    response.writeHead(503, { 'content-type': 'application/problem+json' }).end('{"status":"high"}'),
  );
  await expect(ask(broken)).rejects.toMatchObject({ problem: { status: 503, type: 'about:blank' } });
});

test('an answer that does not come in time is lost, also one that stops half-way', async () => {
  const silent = await serve(() => {});
  await expect(ask(silent, 50)).rejects.toBeInstanceOf(LostAnswer);
  const halfWay = await serve((_, response) => response.writeHead(200).write('{"half":'));
  await expect(ask(halfWay, 200)).rejects.toBeInstanceOf(LostAnswer);
});

test('a request that its caller gave up is not called lost', async () => {
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

test('each message of a refusal stands at its field', () => {
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
