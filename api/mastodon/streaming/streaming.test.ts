import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { revokeToken } from '#core/clients/revoke.ts';
import { hashOf } from '#core/clients/secrets.ts';
import { findTokens, REVOKED_TOKENS } from '#core/clients/tokens.ts';
import { HintSource } from '#core/hints.ts';
import { PROGRESS } from '#core/ledger/delivery.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { finishChunks, startChunks } from '#core/ledger/start-and-finish.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { pushChunk } from '#core/timelines/timeline.ts';
import { connectApp } from '#testing/connected-app.ts';
import { eventually } from '#testing/eventually.ts';
import { Link } from '#testing/link.ts';
import { addDemoAccount, addFollowers, post } from '#testing/people.ts';
import { cookieOf, openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { TokenStreams } from './token-streams.ts';

const [AUTHOR, READER, STRANGER] = [1, 2, 3];

let world: World;
let link: Link;
let stage: WebStage;
let token: string;
let cookie: string;
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  await settleOnce(pool, store());
  for (const [id, handle] of ['', 'author', 'reader', 'stranger'].entries())
    if (handle) await addDemoAccount(pool, { id, handle });
  await addFollowers(pool, AUTHOR, [READER]);
  await readHome({ pool, timelines: store() }, { userId: READER, limit: 1 });
  link = await Link.open(Number(new URL(world.timelineRedisUrl).port));
  const timelineRedisUrl = world.timelineRedisUrl.replace(/:\d+\//, `:${link.port}/`);
  stage = await openWebStage(
    { ...world, timelineRedisUrl },
    { STREAMS_PER_TOKEN: '5', STREAMS_PER_ACCOUNT: '7', CLIENT_CALLS_PER_MINUTE: '1000000' },
  );
  ({ token } = await connectApp(world, { accountId: READER }));
  cookie = await cookieOf(stage, 'author', 'reader');
});
afterAll(async () => {
  await stage.stop();
  await link.close();
  await world.close();
});

const store = () => ({ redis: world.timelines, shards: 1, cap: 800 });

const leaving: (() => void)[] = [];
afterEach(async () => {
  for (const leave of leaving.splice(0)) leave();
  await eventually(() => expect(stage.web.streams.count).toBe(0));
});

/** Pushes a tweet that was posted before into the timelines, and tells it as a worker does. */
async function deliver(tweetId: number): Promise<void> {
  const { pool } = world.postgres;
  await planChunks(pool, tweetId, { chunkSize: 10, shards: 1, most: 10 });
  const [work] = await startChunks(pool, { tweetId, chunk: 0, count: 1 }, { worker: 'test', shards: 1 });
  if (!work) throw new Error(`Expected a chunk of tweet ${tweetId}`);
  const pushed = await pushChunk(store(), { ...work, chunk: 0 });
  await finishChunks(pool, [{ tweetId, pushed: [{ number: 0, ...pushed }] }]);
  const { shard, fromId, toId } = work;
  const delivery = { tweetId, authorId: AUTHOR };
  PROGRESS.tell(world.timelines, { kind: 'finished', delivery, ranges: [{ shard, fromId, toId }] });
}

const postAndDeliver = async (text?: string): Promise<number> => {
  const tweetId = await post(world.postgres.pool, AUTHOR, text);
  await deliver(tweetId);
  return tweetId;
};

/** Posts or deletes as our own pages do. */
async function call(
  method: 'POST' | 'DELETE',
  path: string,
  account: string,
  body?: object,
): Promise<Response> {
  const headers = { cookie, 'x-account': account, 'idempotency-key': crypto.randomUUID() };
  return fetch(`${stage.url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
}

const posted = z.object({ tweet: z.object({ id: z.int() }) });
const postAs = async (account: string, text: string): Promise<number> =>
  posted.parse(await (await call('POST', '/api/tweets', account, { text })).json()).tweet.id;

/** Server-sent events as text, as far as they have come. */
async function openEvents({
  url = stage.url,
  headers = {},
}: {
  url?: string;
  headers?: Record<string, string>;
} = {}) {
  const left = new AbortController();
  leaving.push(() => left.abort());
  const response = await fetch(`${url}/api/v1/streaming/user`, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    signal: left.signal,
  });
  let text = '';
  const ended = (async () => {
    for await (const piece of response.body ?? []) text += new TextDecoder().decode(piece);
  })().catch(() => {});
  return { response, text: () => text, ended, ids: () => idsIn(text), leave: () => left.abort() };
}

const idsIn = (text: string) =>
  [...text.matchAll(/^event: (update|delete)\ndata: (?:\{"id":"(\d+)"|(\d+)$)/gm)].map(
    ([, event, updated, deleted]) => `${event} ${updated ?? deleted}`,
  );

const told = z.object({ stream: z.array(z.string()), event: z.string(), payload: z.string() });

/** A WebSocket with what it was told. */
async function openSocket({
  url = stage.url,
  query = `stream=user&access_token=${token}`,
  protocols = [] as string[],
  headers = {},
} = {}) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/streaming?${query}`, protocols, {
    headers,
  });
  leaving.push(() => socket.terminate());
  const messages: string[] = [];
  socket.on('message', (data) => messages.push(String(data)));
  await once(socket, 'open');
  return {
    socket,
    messages,
    ids: () =>
      messages.map((json) => {
        const { event, payload } = told.parse(JSON.parse(json));
        return `${event} ${event === 'update' ? z.object({ id: z.string() }).parse(JSON.parse(payload)).id : payload}`;
      }),
  };
}

/** The status and the error with which a WebSocket is refused; it stays open when it is not. */
async function refused(query: string): Promise<[number | undefined, string]> {
  const socket = new WebSocket(`${stage.url.replace('http', 'ws')}/api/v1/streaming?${query}`);
  leaving.push(() => socket.terminate());
  socket.on('error', () => {});
  const opened = once(socket, 'open').then(() => Promise.reject(new Error('Expected a refusal')));
  const [, answer] = await Promise.race([once(socket, 'unexpected-response'), opened]);
  let body = '';
  for await (const piece of answer) body += piece;
  return [answer.statusCode, z.object({ error: z.string() }).parse(JSON.parse(body)).error];
}

const expectHeard = (ids: () => string[], what: string) => eventually(() => expect(ids()).toContain(what));

it('tells a tweet that arrives, the own ones at once, and what is deleted, as events and by WebSocket', async () => {
  const events = await openEvents();
  const socket = await openSocket();
  const arrived = await postAndDeliver();
  const expectBoth = async (last: string) => {
    await expectHeard(events.ids, last);
    await expectHeard(socket.ids, last);
  };
  await expectBoth(`update ${arrived}`);
  const own = await postAs('reader', 'My own');
  await expectBoth(`update ${own}`); // no worker runs: nothing is delivered
  await call('DELETE', `/api/tweets/${arrived}`, 'author');
  await expectBoth(`delete ${arrived}`);
  expect(events.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(events.text()).toMatch(new RegExp(`\\nid: ${own}\\nevent: update\\ndata: \\{`));
  expect(told.parse(JSON.parse(socket.messages[0] ?? '')).stream).toEqual(['user']);
});

it('tells a stranger nothing of them', async () => {
  const { token: theirs } = await connectApp(world, { accountId: STRANGER });
  const stranger = await openSocket({ query: `stream=user&access_token=${theirs}` });
  const reader = await openSocket();
  const tweetId = await postAndDeliver();
  await call('DELETE', `/api/tweets/${tweetId}`, 'author');
  await expectHeard(reader.ids, `delete ${tweetId}`);
  expect(stranger.messages).toEqual([]);
});

it('tells everybody’s tweets to who listens to the public', async () => {
  const { token: theirs } = await connectApp(world, { accountId: STRANGER });
  const { ids, messages } = await openSocket({ query: `stream=public&access_token=${theirs}` });
  const posted = await Promise.all(['One', 'Two', 'Three'].map((text) => postAs('author', text)));
  for (const tweetId of posted) await expectHeard(ids, `update ${tweetId}`);
  await call('DELETE', `/api/tweets/${posted[0]}`, 'author');
  await expectHeard(ids, `delete ${posted[0]}`);
  expect(told.parse(JSON.parse(messages[0] ?? '')).stream).toEqual(['public']);
});

it('takes the token from query, header and sub-protocol, and sends that one back', async () => {
  await openSocket();
  await openSocket({ query: 'stream=user', headers: { authorization: `Bearer ${token}` } });
  const { socket } = await openSocket({ query: 'stream=user', protocols: [token] });
  expect(socket.protocol).toBe(token);
});
it('begins to listen when it is asked to, and stops', async () => {
  const { socket, messages } = await openSocket({ query: `access_token=${token}` });
  socket.send('{"type":"subscribe","stream":"nobody"}');
  await eventually(() => expect(messages[0]).toContain('Unknown stream type'));
  socket.send('{"type":"subscribe","stream":"user"}');
  const first = await postAndDeliver();
  await eventually(() => expect(messages.join()).toContain(`"id\\":\\"${first}\\"`));
  socket.send('{"type":"unsubscribe","stream":"user"}');
  socket.send('nothing that is known'); // its answer shows that what came before was read
  await eventually(() => expect(messages.at(-1)).toContain('Expected {'));
  const other = await openSocket();
  const second = await postAndDeliver();
  await expectHeard(other.ids, `update ${second}`);
  expect(messages.at(-1)).toContain('Expected {'); // still
});

it('tells a client that was away what came meanwhile, once each, and nothing that is older', async () => {
  const { pool } = world.postgres;
  const old = await postAndDeliver('Old');
  await pool.query(`UPDATE tweet SET created_at = now() - interval '6 minutes' WHERE id <= $1`, [old]);
  const { url, stop } = await openWebStage(world); // it has not read them before
  const before = await openSocket({ url });
  const [heard, late] = [await postAndDeliver(), await post(pool, AUTHOR)];
  await expectHeard(before.ids, `update ${heard}`);
  before.socket.terminate();
  await deliver(late);
  const last = { 'last-event-id': String(heard) };
  for (const { ids } of [await openSocket({ url }), await openEvents({ url, headers: last })]) {
    await expectHeard(ids, `update ${late}`);
    const updates = ids().filter((each) => each.startsWith('update'));
    expect(updates).toEqual([`update ${heard}`, `update ${late}`]);
  }
  await stop();
});

it('misses nothing when the server had lost its connection to Redis, and tells nothing twice', async () => {
  const { ids } = await openSocket();
  const first = await postAndDeliver();
  await expectHeard(ids, `update ${first}`);
  link.cut();
  const [deleted, second] = [await postAndDeliver(), await postAndDeliver()];
  await world.postgres.pool.query('UPDATE tweet SET deleted_at = now() WHERE id = $1', [first]);
  link.heal();
  await eventually(() =>
    expect(ids()).toEqual(expect.arrayContaining([`update ${second}`, `delete ${first}`])),
  );
  expect(ids().filter((each) => each === `update ${deleted}`)).toHaveLength(1);
  expect(new Set(ids()).size).toBe(ids().length);
});

it('ends the streams of a token that is revoked, also when the hint of it is lost', async () => {
  const { pool } = world.postgres;
  const [{ token: first }, { token: second }] = [
    await connectApp(world, { accountId: READER }),
    await connectApp(world, { accountId: READER }),
  ];
  const listen = async (secret: string) => ({
    socket: once((await openSocket({ query: `stream=user&access_token=${secret}` })).socket, 'close'),
    events: (await openEvents({ headers: { authorization: `Bearer ${secret}` } })).ended,
  });
  const [ofFirst, ofSecond] = [await listen(first), await listen(second)];
  const [found] = await findTokens(pool, [hashOf(first)]);
  await revokeToken({ pool, redis: world.timelines }, found?.app.id ?? 0, hashOf(first));
  expect((await ofFirst.socket)[0]).toBe(1008);
  await ofFirst.events;
  expect(stage.web.streams.count).toBe(2);
  await pool.query('DELETE FROM access_token WHERE hash = $1', [hashOf(second)]);
  link.cut();
  link.heal(); // whoever listens for hints looks again
  expect((await ofSecond.socket)[0]).toBe(1008);
  await ofSecond.events;
});

it('ends the streams of a token whose end nobody tells', async () => {
  const { pool } = world.postgres;
  const { token: secret } = await connectApp(world, { accountId: READER });
  const [found] = await findTokens(pool, [hashOf(secret)]);
  const revoked = new HintSource(REVOKED_TOKENS, () => world.timelines.duplicate());
  const tokens = new TokenStreams({ pool, revoked, lookEvery: 50 });
  const ended = new Promise<string>((resolve) => {
    const [waiting, ignore] = [0, () => {}];
    tokens.add(found?.id ?? 0, { waiting, tell: ignore, sendAway: ignore, onEnd: ignore, end: resolve });
  });
  await pool.query('DELETE FROM access_token WHERE hash = $1', [hashOf(secret)]);
  expect(await ended).toBe('revoked');
});

it('refuses who has no token, a wrong one, or one that may not read, as the API says it', async () => {
  const { token: writes } = await connectApp(world, { accountId: READER, scopes: ['write'] });
  expect(await refused('stream=user')).toEqual([401, expect.stringContaining('Expected an access token')]);
  expect(await refused('stream=user&access_token=wrong')).toEqual([401, expect.stringContaining('revoked')]);
  expect(await refused(`stream=user&access_token=${writes}`)).toEqual([
    403,
    expect.stringContaining('read:statuses'),
  ]);
  expect(await refused(`stream=list&access_token=${token}`)).toEqual([
    404,
    expect.stringContaining('Unknown stream'),
  ]);
  const { response } = await openEvents({ headers: { authorization: 'Bearer wrong' } });
  expect(response.status).toBe(401);
});

it('refuses one stream more than a token or an account may have, and those who listen hear on', async () => {
  const own = await Promise.all([1, 2, 3, 4, 5].map(() => openSocket()));
  expect(await refused(`stream=user&access_token=${token}`)).toEqual([
    429,
    expect.stringContaining('5 streams of one token'),
  ]);
  const { response } = await openEvents();
  expect([response.status, Number(response.headers.get('retry-after'))]).toEqual([429, expect.any(Number)]);
  const { token: other } = await connectApp(world, { accountId: READER });
  await Promise.all([1, 2].map(() => openSocket({ query: `stream=user&access_token=${other}` })));
  expect(await refused(`access_token=${other}`)).toEqual([
    429,
    expect.stringContaining('7 streams of one account'),
  ]);
  const tweetId = await postAndDeliver();
  for (const { ids } of own) await expectHeard(ids, `update ${tweetId}`);
});

/** Requests that are under way at once while a client asks for many streams. */
const AT_ONCE = 200;

it('answers ordinary calls while a client asks for hundreds of streams, of which it gets its share', async () => {
  const statuses = new Map<number, number>();
  let left = 300;
  const askForSome = async () => {
    while (left-- > 0) {
      const status = await statusOfHandshake();
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const asked = Promise.all(Array.from({ length: AT_ONCE }, askForSome));
  expect((await fetch(`${stage.url}/healthz`)).status).toBe(200);
  await asked;
  expect(Object.fromEntries(statuses)).toEqual({ 101: 5, 429: 295 });
  expect(stage.web.streams.count).toBe(5);
});

/** Asks for a WebSocket and nothing more. It stays open if the server lets it. */
async function statusOfHandshake(more = `Sec-WebSocket-Key: ${btoa('a key of 16 byte')}`): Promise<number> {
  const socket = connect(stage.port, '127.0.0.1').on('error', () => {});
  leaving.push(() => socket.destroy());
  const path = `/api/v1/streaming?stream=user&access_token=${token}`;
  const wish = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', more];
  socket.write([`GET ${path} HTTP/1.1`, 'Host: localhost', ...wish, '', ''].join('\r\n'));
  const [first] = await once(socket, 'data');
  return Number(String(first).slice('HTTP/1.1 '.length, 'HTTP/1.1 101'.length));
}

it('asks WebSockets to come back when the process ends, and does not wait for those that do not answer', async () => {
  const ending = await openWebStage(world);
  const query = `stream=user&access_token=${token}`;
  const socket = new WebSocket(`${ending.url.replace('http', 'ws')}/api/v1/streaming?${query}`);
  const deaf = new WebSocket(`${ending.url.replace('http', 'ws')}/api/v1/streaming?${query}`);
  await Promise.all([once(socket, 'open'), once(deaf, 'open')]);
  deaf.pause();
  const closed = once(socket, 'close');
  await ending.stop();
  expect((await closed)[0]).toBe(1001);
  deaf.terminate();
});
