import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { isKnownHost } from '#core/from-here.ts';
import { eventually } from '#testing/eventually.ts';
import { addDemoAccount, range } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { createWebServer } from './server.ts';

let world: World;
let stage: WebStage;
beforeAll(async () => {
  world = await openWorld();
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  stage = await openWebStage(world, { MAX_REQUESTS: '1', ALLOWED_HOSTS: 'fan.example, other.example' });
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const sockets: Socket[] = [];
afterEach(() => sockets.splice(0).forEach((socket) => void socket.destroy()));

/** Opens a connection and sends what stands there, whole or not. */
async function send(raw: string, { port } = stage): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  await new Promise((resolve) => socket.write(raw, resolve));
  return socket;
}

const get = (path: string, headers: Record<string, string> = {}, { port }: Pick<WebStage, 'port'> = stage) =>
  new Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; body: string }>(
    (resolve, reject) => {
      httpRequest({ port, host: '127.0.0.1', path, headers }, async (answer) =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: await text(answer) }),
      )
        .on('error', reject)
        .end();
    },
  );

it.each([
  ['localhost', true],
  ['localhost:3000', true],
  ['LOCALHOST:3000', true],
  ['127.0.0.1:3000', true],
  ['[::1]:3000', true],
  ['192.0.2.7', true],
  ['fan.example:80', true],
  ['localhost.evil.example', false],
  ['evil.example', false],
  ['127.0.0.1.evil.example', false],
  [undefined, false],
])('answers to its own names alone: %s', (host, known) => {
  expect(isKnownHost(host, ['fan.example'])).toBe(known);
});

it('refuses a page, an endpoint and a file that are asked for by another name', async () => {
  for (const path of ['/home', '/api/accounts', '/docs', '/healthz']) {
    const { status, body } = await get(path, { host: 'evil.example' });
    expect([path, status]).toEqual([path, 421]);
    expect(JSON.parse(body)).toMatchObject({ type: '/problems/foreign-host' });
  }
  expect((await get('/home', { host: 'other.example' })).status).toBe(200);
});

it('lets nobody keep an answer of the interface, be it a refusal', async () => {
  for (const path of ['/api/queue', '/api/nothing'])
    expect([path, (await get(path)).headers['cache-control']]).toEqual([path, 'no-store']);
});

it.each(['/home', '/api/accounts', '/api/nothing', '/docs', '/docs/page.js', '/healthz'])(
  'puts the security headers on every answer: %s',
  async (path) => {
    const { headers } = await get(path);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
      'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
    });
    const scripts = /script-src [^;]*|default-src [^;]*/.exec(
      String(headers['content-security-policy']),
    )?.[0];
    expect(scripts).not.toContain('unsafe-inline');
  },
);

it('gives each page a nonce of its own', async () => {
  const nonceOf = async () =>
    /'nonce-([^']+)'/.exec(String((await get('/')).headers['content-security-policy']))?.[1];
  const nonces = [await nonceOf(), await nonceOf()];
  expect(new Set(nonces).size).toBe(2);
  expect(nonces[0]).toMatch(/^[\w+/]{22}==$/);
});

it('gives no place to a request whose body is not here yet', async () => {
  await send('POST /api/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{"han');
  await eventually(() => expect(stage.web.halfSent.count('127.0.0.1')).toBe(1));
  expect((await get('/api/accounts')).status).toBe(200);
});

it('begins what a client has sent ahead only when the answer before is written', async () => {
  const ahead = 'GET /api/accounts HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20);
  const socket = await send(`${ahead}GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  const statuses = (await text(socket)).match(/(?<=HTTP\/1\.1 )\d+/g);
  expect(statuses).toEqual(Array(21).fill('200')); // there is one place: two at once would be too many
});
it('renders a few pages at once, and meanwhile answers the interface and files of the build', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!incoming.url?.startsWith('/_next/static/')) await held;
    outgoing.end('<p>A page</p>');
  };
  const own = createWebServer(stage.web, { handle, upgrade: async () => {}, isDevelopment: false });
  await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve));
  const { port } = own.address() as AddressInfo;
  const pages = range(1, 60).map(() => get('/nothing', {}, { port }));
  const refused = await Promise.race(pages);
  expect(refused).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^[12]$/) } });
  expect(JSON.parse(refused.body)).toMatchObject({ type: '/problems/too-busy' });
  expect((await get('/api/accounts', {}, { port })).status).toBe(200);
  expect((await get('/_next/static/a.js', {}, { port })).status).toBe(200);
  release();
  const statuses = (await Promise.all(pages)).map(({ status }) => status);
  expect(statuses.filter((status) => status === 503).length).toBeLessThanOrEqual(8);
  own.close();
});

it('says in a problem document that headers are too large, or that this is not HTTP', async () => {
  const large = await text(
    await send(`GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${'x'.repeat(20_000)}\r\n\r\n`),
  );
  expect(large).toMatch(/^HTTP\/1\.1 431 /);
  expect(large).toContain('/problems/headers-too-large');
  const garbage = await text(await send('What is this?\r\n\r\n'));
  expect(garbage).toMatch(/^HTTP\/1\.1 400 /);
  expect(garbage).toContain('/problems/malformed-request');
});

it('refuses a request without a Host as its own kind of mistake, with the security headers', async () => {
  const refused = await text(await send('GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'));
  expect(refused).toMatch(/^HTTP\/1\.1 400 /);
  expect(refused).toContain('/problems/malformed-request');
  expect(refused).toContain('X-Content-Type-Options: nosniff');
});
it.each(['*', 'http://', 'healthz'])(
  'refuses a target that is neither path nor address: %s',
  async (target) => {
    const refused = await text(
      await send(`GET ${target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`),
    );
    expect(refused).toMatch(/^HTTP\/1\.1 400 /);
    expect(refused).toContain('/problems/malformed-request');
  },
);

it.each(['/healthz', '/home'])(
  'answers what would rather speak WebSocket as if it did not: %s',
  async (path) => {
    const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
    const socket = await send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`);
    const [first] = await once(socket, 'data');
    expect(String(first)).toMatch(/^HTTP\/1\.1 200 /);
  },
);

it('reads the body of a request that offers HTTP/2, and answers the next one by the same connection', async () => {
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
  const head = `POST /api/session HTTP/1.1\r\nHost: localhost\r\n${offer}Content-Length: 16\r\n\r\n`;
  const socket = await send(`${head}{"handle":`);
  socket.write('"ada"}');
  const [first] = await once(socket, 'data');
  expect(String(first)).toMatch(/^HTTP\/1\.1 204 /);
  socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n${offer}\r\n`);
  const [second] = await once(socket, 'data');
  expect(String(second)).toMatch(/^HTTP\/1\.1 200 /);
});

it.each([
  ['by itself', {}],
  ['behind a proxy', { TRUST_PROXY: '1' }],
])('keeps nothing of an offer of HTTP/2 on a connection that makes many, %s', async (_where, env) => {
  const own = await openWebStage(world, env);
  const accepted = once(own.server, 'connection');
  const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
  const head = `GET /healthz HTTP/1.1\r\nHost: localhost\r\n${offer}\r\n`;
  const socket = await send('', own);
  const [kept] = await accepted;
  const listeners: [string, number][][] = [];
  for (let offers = 0; offers < 30; offers++) {
    socket.write(head);
    expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 /);
    listeners.push(kept.eventNames().map((event: string) => [event, kept.listenerCount(event)]));
  }
  expect(listeners[29]).toEqual(listeners[1]);
  await own.stop();
});

it('cuts off whoever asks for an upgrade before the answer to the request before', async () => {
  const upgrade = 'Connection: Upgrade\r\nUpgrade: websocket\r\n';
  const stream = 'GET /api/stream?topics=status HTTP/1.1\r\nHost: localhost\r\n\r\n';
  const socket = await send(`${stream}GET /healthz HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`);
  await text(socket); // ends, although the stream would go on
  await eventually(() => expect(stage.web.streams.count).toBe(0));
});

it('hands a cookie out for HTTPS alone where the client came by HTTPS, and believes that of its own proxy only', async () => {
  const signIn = async ({ url }: WebStage) => {
    const headers = { 'x-forwarded-proto': 'https', 'sec-fetch-site': 'none' };
    const answer = await fetch(`${url}/api/session`, { method: 'POST', body: '{"handle":"ada"}', headers });
    return answer.headers.get('set-cookie');
  };
  expect(await signIn(stage)).not.toContain('Secure');
  const behindProxy = await openWebStage(world, { TRUST_PROXY: '1' });
  expect(await signIn(behindProxy)).toContain('; Secure');
  await behindProxy.stop();
});

it('answers what it has begun when it is told to end, and asks streams and kept connections to go', async () => {
  const ending = await openWebStage(world);
  const stream = await fetch(`${ending.url}/api/stream?topics=status`);
  const kept = await send('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n', ending);
  await new Promise((resolve) => kept.once('data', resolve));
  const client = await world.postgres.pool.connect();
  await client.query('BEGIN; LOCK TABLE "user" IN ACCESS EXCLUSIVE MODE');
  const begun = fetch(`${ending.url}/api/accounts`);
  await eventually(() => expect(ending.web.requests.count).toBe(1));

  const stopped = ending.stop();
  kept.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const last = await text(kept);
  expect(last).toMatch(/^HTTP\/1\.1 200 /);
  expect(last.toLowerCase()).toContain('connection: close');
  expect(await stream.text()).toMatch(/retry: \d+\n\n$/);
  await client.query('ROLLBACK');
  client.release();
  expect((await begun).status).toBe(200);
  await stopped;
  await expect(fetch(`${ending.url}/healthz`)).rejects.toThrow();
});
