import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { answerUpgrade, Sockets, upgradeOf } from '#api/upgrade.ts';
import { SocketStream } from './socket-stream.ts';

const BOUND = 64 * 1024; // bytes that may wait

const sockets = new Sockets();
const server = createServer((incoming) => {
  const upgrade = upgradeOf(incoming);
  if (upgrade)
    sockets.accept(upgrade, (socket) => opened(new SocketStream(socket, { mostWaiting: BOUND, subscribe })));
});
server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) =>
  answerUpgrade(server, { incoming, socket, head }),
);
let opened: (stream: SocketStream) => void;
const subscribe = vi.fn();

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());
const clients: WebSocket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
  subscribe.mockClear();
});

async function open({ autoPong = true } = {}) {
  const arrived = new Promise<SocketStream>((resolve) => {
    opened = resolve;
  });
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, { autoPong });
  clients.push(client);
  await once(client, 'open');
  const stream = await arrived;
  const ended = new Promise<void>((resolve) => stream.onEnd(resolve));
  return { client, stream, ended };
}

const long = { event: 'update' as const, payload: 'x'.repeat(200_000) };

it('cuts off a client that does not read, within its bound', async () => {
  const { client, stream, ended } = await open();
  client.pause();
  let most = 0;
  const telling = setInterval(() => {
    stream.tell('user', long);
    most = Math.max(most, stream.waiting);
  }, 1);
  await ended;
  clearInterval(telling);
  expect(most).toBeGreaterThan(BOUND); // what the system takes is full
  expect(most).toBeLessThan(BOUND + 2 * long.payload.length);
  stream.tell('user', long); // after the end nothing is sent
  await vi.waitFor(() => expect(stream.waiting).toBe(0));
});

it('sends a client that reads whatever is longer than the bound', async () => {
  const { client, stream } = await open();
  const got = once(client, 'message');
  stream.tell('user', long);
  expect(String((await got)[0])).toContain(long.payload);
});

it('answers no more pings than a client reads answers', async () => {
  const { client, ended } = await open();
  client.pause();
  const pinging = setInterval(() => {
    for (let n = 0; n < 2_000; n++) client.ping('x'.repeat(125));
  }, 1);
  await ended;
  clearInterval(pinging);
});

it('cuts off a client that answers no ping until the next, and no other', async () => {
  const dead = await open({ autoPong: false });
  dead.stream.beat();
  dead.stream.beat();
  await dead.ended;
  const alive = await open();
  for (let n = 0; n < 3; n++) {
    const pinged = once(alive.client, 'ping');
    alive.stream.beat();
    await pinged;
    alive.client.send('{}'); // its answer comes behind the pong
    await once(alive.client, 'message');
  }
  expect(alive.client.readyState).toBe(WebSocket.OPEN);
});

it('reads no long message, and not any number of them', async () => {
  const long = await open();
  long.client.send('x'.repeat(5_000));
  expect((await once(long.client, 'close'))[0]).toBe(1009);
  const many = await open();
  for (let n = 0; n < 100; n++) many.client.send('{"type":"subscribe","stream":"user"}');
  expect((await once(many.client, 'close'))[0]).toBe(1008);
  expect(subscribe).toHaveBeenCalledTimes(1); // the others asked for what it had
});

it('closes at last a client that does not take its leave', async () => {
  const { client, stream } = await open();
  client.pause();
  stream.sendAway();
  stream.sendAway();
  await vi.waitFor(async () => {
    const connections = await new Promise((resolve) =>
      server.getConnections((_error, count) => resolve(count)),
    );
    expect(connections).toBe(0);
  });
});
