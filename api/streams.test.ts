import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { TASK_CHANGES } from '#core/tasks/hints.ts';
import { eventually } from '#testing/eventually.ts';
import { addDemoAccount } from '#testing/people.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

const BUFFER_KB = 64;
const EVENT = 400_000; // bytes at least

let world: World;
let stage: WebStage;
beforeAll(async () => {
  world = await openWorld();
  stage = await openWebStage(world, {
    STREAM_BUFFER_KB: String(BUFFER_KB),
    STREAMS_PER_ADDRESS: '8',
    STREAMS_PER_SESSION: '5',
  });
  await world.postgres.pool.query(
    `INSERT INTO schedule (name, kind, data, every_ms, next_at)
     SELECT repeat('n', 50) || n, 'trends', '{}', 60000, now() FROM generate_series(1, 1500) n`,
  );
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const open: (Socket | AbortController)[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) each instanceof AbortController ? each.abort() : each.destroy();
  await eventually(() => expect(stage.web.streams.count).toBe(0));
});

/** A client that asks for a stream and reads nothing, not even the head. */
function neverRead(topics: string): Socket {
  const socket = connect(stage.port, '127.0.0.1').pause();
  socket.on('error', () => {});
  open.push(socket);
  socket.write(`GET /api/stream?topics=${topics} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  return socket;
}

/** Changes something again and again, until a condition holds. Each change is an event of {@link EVENT} bytes. */
async function changeUntil(holds: () => boolean, look: () => void): Promise<void> {
  let changes = 0;
  await eventually(async () => {
    await world.postgres.pool.query(`UPDATE schedule SET every_ms = 60000 + $1`, [++changes]);
    TASK_CHANGES.tell(world.timelines, ['schedules']);
    look();
    expect(holds()).toBe(true);
  });
}

it('a stream that nobody reads ends within its bound, and what waited is freed', async () => {
  const { streams } = stage.web;
  for (const _ of [1, 2, 3]) neverRead('schedules');
  await eventually(() => expect(streams.count).toBe(3));
  let most = 0;
  const look = () => {
    most = Math.max(most, streams.waiting);
  };
  await changeUntil(() => streams.count === 0, look);
  expect(most).toBeGreaterThan(BUFFER_KB * 1_024); // the system's own buffers were full
  expect(most).toBeLessThan(3 * (BUFFER_KB * 1_024 + 2 * EVENT));
  expect(streams.waiting).toBe(0);
});

it('a stream that is read goes on, however large its events are', async () => {
  const { streams } = stage.web;
  const reading = await openStream('schedules');
  let bytes = 0;
  void (async () => {
    for await (const piece of reading.body ?? []) bytes += piece.length;
  })().catch(() => {});
  await changeUntil(
    () => bytes > 8 * EVENT,
    () => {},
  );
  expect(streams.count).toBe(1);
});

it('one address may have so many streams, whoever asks, and is told to wait', async () => {
  for (const _ of Array(8)) expect((await openStream('status')).status).toBe(200);
  const refused = await openStream('status');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(5);
  expect(await refused.json()).toMatchObject({ type: '/problems/over-share', open: 8, limit: 8 });
});

it('one session may have fewer, and another at the same address has its own', async () => {
  await addDemoAccount(world.postgres.pool, { id: 1, handle: 'ada' });
  const enter = async () => {
    const headers = { 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: JSON.stringify({ handle: 'ada' }) };
    return (await fetch(`${stage.url}/api/session`, init)).headers.get('set-cookie') ?? '';
  };
  const cookie = await enter();
  for (const _ of Array(5)) expect((await openStream('home:ada', { cookie })).status).toBe(200);
  const refused = await openStream('home:ada', { cookie });
  expect(await refused.json()).toMatchObject({ type: '/problems/over-share', open: 5, limit: 5 });
  expect((await openStream('status')).status).toBe(200);
});

it('takes the address from the proxy that it trusts, and half of an IPv6 one', async () => {
  const behind = await openWebStage(world, { TRUST_PROXY: '1', STREAMS_PER_ADDRESS: '1' });
  const from = async (address: string) => {
    const leaving = new AbortController();
    open.push(leaving);
    const headers = { 'x-forwarded-for': address };
    const url = `${behind.url}/api/stream?topics=status`;
    return (await fetch(url, { headers, signal: leaving.signal })).status;
  };
  expect(await from('203.0.113.1')).toBe(200);
  expect(await from('203.0.113.2')).toBe(200);
  expect(await from('::ffff:203.0.113.2')).toBe(429);
  expect(await from('2001:db8::1')).toBe(200);
  expect(await from('2001:db8:0:0:ffff::2')).toBe(429);
  expect(await from('2001:db8:0:1::2')).toBe(200);
  await behind.stop();
});

async function openStream(topics: string, headers: Record<string, string> = {}): Promise<Response> {
  const leaving = new AbortController();
  open.push(leaving);
  return fetch(`${stage.url}/api/stream?topics=${topics}`, { headers, signal: leaving.signal });
}
