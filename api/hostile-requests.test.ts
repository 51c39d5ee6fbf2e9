import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { UnsecuredJWT } from 'jose';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { termsOf } from '#core/trends/terms.ts';
import { eventually } from '#testing/eventually.ts';
import { addDemoAccount, addUsers, post } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { EventStream } from './live/event-stream.ts';

/* What a client writes stays what it is: text, never a header, a path, a script, an account, or a line of the log. */

let world: World;
let stage: WebStage;
let cookie: string;
beforeAll(async () => {
  world = await openWorld();
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  await addUsers(world.postgres.pool, [2]); // no demo account
  stage = await openWebStage(world);
  cookie = (await signIn('ada')).headers.get('set-cookie')?.split(';')[0] ?? '';
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});
afterEach(() => vi.restoreAllMocks());

const ask = (path: string, init?: RequestInit) =>
  fetch(`${stage.url}${path}`, { redirect: 'manual', ...init });
const signIn = (handle: string) => ask('/api/session', { method: 'POST', body: JSON.stringify({ handle }) });
const tweet = (text: string, body = JSON.stringify({ text })) =>
  ask('/api/tweets', { method: 'POST', body, headers: { cookie, 'idempotency-key': crypto.randomUUID() } });

it('keeps the session from scripts and from requests of other sites', async () => {
  const flags = (await signIn('ada')).headers.get('set-cookie')?.split('; ').slice(1);
  expect(flags).toEqual(expect.arrayContaining(['HttpOnly', 'SameSite=Lax', 'Path=/']));
});

it('lets nobody sign in as somebody who is no demo account', async () => {
  for (const handle of ['user2', 'nobody', "ada' OR 1=1", 'a'])
    expect([handle, (await signIn(handle)).status]).toEqual([handle, 400]);
});

it('takes a session that it has not sealed itself for nobody', async () => {
  const claims = new UnsecuredJWT({ accounts: [{ id: 1, handle: 'ada' }] });
  const unsealed = claims.setIssuedAt().setExpirationTime('1h').encode();
  const [head = '', claimed = '', seal = ''] = cookie.slice('session='.length).split('.');
  const other = Buffer.from(claimed, 'base64url').toString().replace('"id":1', '"id":2');
  const changed = [head, Buffer.from(other).toString('base64url'), seal].join('.');
  for (const token of [unsealed, changed, `${head}.${claimed}.`, `${'a.'.repeat(7_000)}a`]) {
    const answer = await ask('/api/timelines/home', { headers: { cookie: `session=${token}` } });
    expect(answer.status).toBe(401);
  }
});

it('lets a session act for an account that it holds, and for no other', async () => {
  for (const handle of ['user2', 'ada, user2', '__proto__', ''])
    expect((await ask('/api/timelines/home', { headers: { cookie, 'x-account': handle } })).status).toBe(403);
  expect((await ask('/api/stream?topics=home:user2', { headers: { cookie } })).status).toBe(403);
});

it('lets nobody delete the tweet of somebody else, and says no more than that it is not theirs', async () => {
  const id = await post(world.postgres.pool, 2, 'Mine');
  const [foreign, unknown] = await Promise.all(
    [id, 4_242_424_242].map((each) => ask(`/api/tweets/${each}`, { method: 'DELETE', headers: { cookie } })),
  );
  expect([foreign?.status, unknown?.status]).toEqual([404, 404]);
});

it('takes no member that would reach a prototype, and leaves every object as it was', async () => {
  const bodies = [
    '{"text":"a","__proto__":{"polluted":1}}',
    '{"text":"a","constructor":{"prototype":{"polluted":1}}}',
  ];
  for (const body of bodies) expect((await tweet('', body)).status).toBe(400);
  expect((await ask('/api/tasks?__proto__[polluted]=1', { headers: { cookie } })).status).toBe(200);
  expect('polluted' in {}).toBe(false);
});

it.each([
  '/docs/..%2f..%2fpackage.json',
  '/docs/%2e%2e/%2e%2e/package.json',
  '/docs/swagger-ui.css/../package.json',
  '/docs/package.json',
  '/api/tasks/..%2f1/file',
  '/api/tasks/1%2f..%2f2/file',
])('gives out no file but its own: %s', async (path) => {
  // `fetch` would resolve the dots itself.
  const asking = request({ port: stage.port, host: '127.0.0.1', path, headers: { cookie } }).end();
  const [answer] = await once(asking, 'response');
  answer.resume();
  expect(answer.statusCode).toBe(404);
});

it('sends nobody to another site, whatever the path looks like', async () => {
  for (const path of [
    '//evil.example',
    '/%2f%2fevil.example/..',
    '/api//evil.example',
    '/docs//evil.example',
  ])
    expect([path, (await ask(path)).headers.get('location')]).toEqual([path, null]);
});

it('lets a name in no header but those that it is meant for', async () => {
  const names = ['ada"; filename="x.exe', 'ada\u0130\r', 'ada%0d%0aSet-Cookie:%20a=b'];
  for (const name of names) {
    const answer = await ask(`/api/tasks/1/file?account=${encodeURIComponent(name)}`, {
      headers: { cookie },
    });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('set-cookie')).toBeNull();
    expect(answer.headers.get('content-disposition')).toBeNull();
  }
});

it('gives a text back as it was written, as JSON that no browser takes for a page', async () => {
  const text = '</script><img src=x onerror=alert(1)>\u2028\u202e & "quoted"';
  const answer = await tweet(text);
  expect(answer.headers.get('content-type')).toContain('application/json');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect((await answer.json()).tweet.text).toBe(text);
});

it('keeps a text with line breaks within its one event', async () => {
  const stream = new EventStream();
  const at = 'now\n\nevent: delivery\ndata: {}\r\n\r\n';
  stream.send('beat', { at });
  stream.end();
  expect(await new Response(stream.response.body).text()).toBe(
    `event: beat\ndata: ${JSON.stringify({ at })}\n\n`,
  );
});

it('writes a mistake of its own into the log so that nothing a client wrote begins a line of it', async () => {
  const logged = vi.spyOn(console, 'error').mockImplementation(() => {});
  const forged = 'ada\u001b[2J\nweb      | all is well';
  vi.spyOn(stage.web.reads, 'user').mockRejectedValue(new Error(`no such thing: ${forged}`));
  const answer = await ask('/api/users/ada');
  expect(answer.status).toBe(500);
  expect(await answer.text()).not.toContain('well');
  const [line] = logged.mock.calls[0] ?? [];
  expect(line).toContain('\\u001b[2J\n    web      | all is well');
});

it('counts a client by where it comes from, whatever it says of that', async () => {
  const [before, said] = [stage.web.halfSent.count('127.0.0.1'), '198.51.100.7'];
  const head = `POST /api/session HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${said}\r\nContent-Length: 9\r\n\r\n{`;
  const socket = connect(stage.port, '127.0.0.1').resume();
  socket.write(head);
  await eventually(() => expect(stage.web.halfSent.count('127.0.0.1')).toBe(before + 1));
  expect(stage.web.halfSent.count(said)).toBe(0);
  socket.destroy();
});

// A pattern that tries every way to take such a text apart would still be at it when the test is given up.
it('reads the longest texts that were made to hold a pattern up', async () => {
  const spaces = ' '.repeat(7_000);
  const asked = [
    ask('/api/session', { headers: { cookie: `a;${spaces};${spaces}x` } }),
    ask('/api/session', { headers: { cookie: 'session='.repeat(1_500) } }),
    ask(`/api/${'a/'.repeat(7_000)}`),
    ask(`/api/users/${'_'.repeat(14_000)}`),
    ask(`/api/stream?topics=${'delivery:,'.repeat(1_400)}`),
    ask(`/api/timelines/home?cursor=${'Yj'.repeat(7_000)}`, { headers: { cookie } }),
    tweet(`${'’a’s'.repeat(50)} ${'#'.repeat(30)} https://${'@a'.repeat(5)}`),
    tweet(`a${'\u0301'.repeat(3_900)}`),
    ask('/api/schedules', {
      method: 'POST',
      headers: { cookie },
      body: JSON.stringify({
        name: 'slow',
        kind: 'trends',
        cron: `${'0-59,'.repeat(19)}1 * * *`,
        timeZone: 'UTC',
      }),
    }),
  ];
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 404, 404, 400, 400, 202, 202, 400]);
  expect((await ask('/healthz')).status).toBe(200);
  expect(termsOf(`${'a’b'.repeat(1_300)} ${'#_'.repeat(2_000)} ${'https://'.repeat(500)}`)).toEqual([]);
});
