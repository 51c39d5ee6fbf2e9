import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { readConfig } from '#core/config.ts';
import { reportWorker } from '#core/ledger/workers.ts';
import { askTasks } from '#core/tasks/ask.ts';
import { claimTasks } from '#core/tasks/claim.ts';
import { failTask } from '#core/tasks/fail.ts';
import { addDemoAccount } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { accessInWords } from './internals.ts';
import { createWebServer } from './server.ts';

/** Who sees where work runs, what failed, and who asked for it. */

const TOKEN = 'a token of sixteen characters';
const HOST = 'host-17.internal-4711';
const ERROR = 'connect ECONNREFUSED 10.0.0.3:5432';

let world: World;
let withToken: WebStage;
let withoutToken: WebStage;
const cookies = { nobody: '', ada: '', olga: '' };
const tasks = { adas: 0, bobs: 0, ofTheSystem: 0 };

beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  for (const [id, handle] of ['', 'ada', 'bob', 'olga'].entries())
    if (handle) await addDemoAccount(pool, { id, handle });
  withToken = await openWebStage(world, { OPERATORS: 'olga', METRICS_TOKEN: TOKEN });
  withoutToken = await openWebStage(world, { OPERATORS: 'olga' });
  cookies.ada = await cookieOf(withToken, 'ada');
  cookies.olga = await cookieOf(withToken, 'olga');
  Object.assign(tasks, { adas: await giveUp(1), bobs: await giveUp(2), ofTheSystem: await giveUp() });
  await reportWorker(pool, HOST);
});
afterAll(async () => {
  await withToken.stop();
  await withoutToken.stop();
  await world.close();
});

async function giveUp(accountId?: number): Promise<number> {
  const { pool } = world.postgres;
  const [id = 0] = await askTasks(pool, [{ kind: 'any', data: { secret: 1 }, accountId }]);
  const [claimed] = await claimTasks(pool, [id], HOST);
  if (!claimed) throw new Error('Expected to claim the task');
  await failTask(pool, claimed, { kind: 'given up', error: ERROR });
  return id;
}

const NO_PAGES = {
  handle: async () => {},
  upgrade: async () => {},
  isDevelopment: false,
};

type Who = keyof typeof cookies;
const get = (path: string, headers: Record<string, string>, { url } = withToken) =>
  fetch(`${url}${path}`, { headers });
const as = (who: Who): Record<string, string> => (cookies[who] ? { cookie: cookies[who] } : {});
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('GET /metrics with a token', () => {
  test.each([
    ['nobody', {}, 401],
    ['a wrong token', bearer('another of sixteen characters'), 401],
    ['a part of the token', bearer(TOKEN.slice(0, -1)), 401],
    ['the token as a password', { authorization: `Basic ${TOKEN}` }, 401],
    ['the token', bearer(TOKEN), 200],
  ])('is answered to %s as %o: %i', async (_, headers, status) => {
    const answer = await get('/metrics', headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer realm="metrics"' : null);
    expect(await answer.text()).not.toContain(TOKEN);
  });

  test('is for an operator as well, and for no other account', async () => {
    const refused = await get('/metrics', as('ada'));
    expect([refused.status, (await refused.json()).type]).toEqual([403, '/problems/operators-only']);
    const answer = await get('/metrics', as('olga'));
    expect(answer.status).toBe(200);
    const figures = await answer.text();
    expect(figures).toContain('fan_outs_unfinished');
    expect(figures).toMatch(/^timeline_store_bytes\{figure="drop_above"\} [1-9]\d+$/m);
    expect(figures).toMatch(/^timelines\{state="dropped"\} 0$/m);
  });

  test('has the calls by the pattern of their path and how they were answered', async () => {
    const paths = [
      '/api/tweets/999999/delivery',
      '/api/queue',
      '/api/v1/instance',
      '/api/none/of/ours',
      '/api/v1/none',
    ];
    for (const path of paths) await get(path, {});
    const figures = await (await get('/metrics', bearer(TOKEN))).text();
    for (const [route, status] of [
      ['/api/tweets/:id/delivery', '4xx'],
      ['/api/queue', '2xx'],
      ['/api/v1/instance', '2xx'],
      ['none', '4xx'],
      ['/metrics', '4xx'],
    ])
      expect(figures).toContain(
        `http_request_duration_seconds_count{method="GET",route="${route}",status="${status}"}`,
      );
    expect(figures).not.toContain('/999999'); // ids would make a figure of each tweet
  });
});

describe('GET /metrics without a token', () => {
  test('is open to a program on this machine', async () => {
    expect((await get('/metrics', {}, withoutToken)).status).toBe(200);
    expect((await get('/metrics', bearer('whatever'), withoutToken)).status).toBe(200);
  });

  test.each([
    { 'x-forwarded-for': '127.0.0.1' },
    { 'x-real-ip': '203.0.113.9' },
    { forwarded: 'for=127.0.0.1' },
    { via: '1.1 proxy' },
  ])('is closed to what a proxy on this machine passes on, whatever it says: %o', async (headers) => {
    expect((await get('/metrics', headers, withoutToken)).status).toBe(401);
    expect((await get('/metrics', { ...headers, ...as('ada') }, withoutToken)).status).toBe(403);
    expect((await get('/metrics', { ...headers, ...as('olga') }, withoutToken)).status).toBe(200);
  });

  test('is closed behind a trusted proxy, also when the proxy sends no header', async () => {
    const behind = await openWebStage(world, { TRUST_PROXY: '1' });
    const answers = [
      await get('/metrics', {}, behind),
      await get('/metrics', { 'x-forwarded-for': '127.0.0.1' }, behind),
    ];
    await behind.stop();
    expect(answers.map(({ status }) => status)).toEqual([401, 401]);
  });

  test('is closed to another machine', async ({ skip }) => {
    const [address] = Object.values(networkInterfaces())
      .flatMap((addresses = []) => addresses)
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    if (!address) return skip('this machine has no address but loopback');
    const server = createWebServer(withoutToken.web, NO_PAGES);
    server.listen(0, address.address);
    await once(server, 'listening');
    const port = z.object({ port: z.number() }).parse(server.address()).port;
    const answer = await fetch(`http://${address.address}:${port}/metrics`);
    server.closeAllConnections();
    server.close();
    expect(answer.status).toBe(401);
  });
});
const ASKER = ['data', 'result', 'accountId', 'error'];

describe('tasks', () => {
  test.each([
    ['ada', 'adas', ASKER],
    ['ada', 'bobs', []],
    ['ada', 'ofTheSystem', ['data', 'result', 'accountId']],
    ['olga', 'adas', ['accountId', 'error', 'worker']],
    ['olga', 'ofTheSystem', ['data', 'result', 'accountId', 'error', 'worker']],
  ] as const)('%s sees of a task of %s what is for her: %j', async (who, whose, seen) => {
    const listed = await (await get('/api/tasks?scope=all', as(who))).json();
    const streamed = JSON.parse(await firstEvent('allTasks', `all-tasks:${who}`, as(who)));
    for (const { tasks: found } of [listed, streamed]) {
      const task = z
        .array(z.looseObject({ id: z.number() }))
        .parse(found)
        .find(({ id }) => id === tasks[whose]);
      const hidden = [...ASKER, 'worker'].filter((name) => !seen.some((each) => each === name));
      expect(Object.keys(task ?? {})).toEqual(expect.arrayContaining([...seen, 'state', 'attempts']));
      expect(hidden.filter((name) => name in (task ?? {}))).toEqual([]);
    }
  });

  test('of one’s own never say where they ran', async () => {
    const mine = await (await get('/api/tasks', as('ada'))).text();
    const one = await (await get(`/api/tasks/${tasks.adas}`, as('ada'))).text();
    const streamed = await firstEvent('tasks', 'tasks:ada', as('ada'));
    for (const text of [mine, one, streamed]) {
      expect(text).toContain(ERROR);
      expect(text).not.toContain(HOST);
    }
  });

  test('that are members of a composition hide the same', async () => {
    const archive = await fetch(`${withToken.url}/api/tasks`, {
      ...{ method: 'POST', headers: as('ada'), body: '{"kind":"archive"}' },
    });
    const { task } = z.object({ task: z.object({ id: z.number() }) }).parse(await archive.json());
    const listed = tasksOf(await (await get('/api/tasks?scope=all', as('olga'))).json());
    const members = listed.find(({ id }) => id === task.id)?.members ?? [];
    expect(members.length).toBeGreaterThan(1);
    for (const member of members) {
      expect(member).toHaveProperty('worker');
      expect(member).not.toHaveProperty('data');
    }
  });
});

const tasksOf = (answer: unknown) =>
  z
    .object({ tasks: z.array(z.object({ id: z.number(), members: z.array(z.looseObject({})) })) })
    .parse(answer).tasks;

/** The data of the first event of this name, as it came. */
async function firstEvent(name: string, topics: string, headers: Record<string, string>): Promise<string> {
  const stream = await get(`/api/stream?topics=${topics}`, headers);
  expect(stream.status).toBe(200);
  let text = '';
  for await (const bytes of stream.body ?? []) {
    text += Buffer.from(bytes).toString();
    const [, data] = new RegExp(`^event: ${name}\ndata: (.*)\n\n`, 'm').exec(text) ?? [];
    if (data !== undefined) return data;
  }
  throw new Error(`Expected an event named ${name}, got ${text}`);
}

describe('what a web process says at its start', () => {
  const NEEDED = {
    ...{ DATABASE_URL: 'postgres://x', TIMELINE_REDIS_URL: 'redis://x' },
    SESSION_SECRET: 'sixteen letters.',
  };
  const said = (env: Record<string, string>) =>
    accessInWords(readConfig(z.object({}), { ...NEEDED, ...env })).join('\n');

  test('is who the operators are, or how somebody becomes one', () => {
    expect(said({ OPERATORS: 'ada,olga' })).toContain('Operators: ada, olga');
    expect(said({})).toContain('Nobody is an operator. OPERATORS=handle,… names who may');
  });

  test('is who may read its figures, and never the token', () => {
    expect(said({})).toContain('/metrics is open to programs on this machine: METRICS_TOKEN closes it');
    expect(said({ TRUST_PROXY: '1' })).toContain('/metrics is for operators: METRICS_TOKEN would let');
    expect(said({ METRICS_TOKEN: TOKEN })).toContain('for operators and for whoever has METRICS_TOKEN');
    expect(said({ METRICS_TOKEN: TOKEN })).not.toContain(TOKEN);
  });
});
