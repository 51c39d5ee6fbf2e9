import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { answerUpgrade, Sockets, upgradeOf } from '#api/upgrade.ts';
import { eventually } from '#testing/eventually.ts';
import { SocketStream } from './socket-stream.ts';

const BOUND = 64 * 1024; // bytes that may wait

const sockets = new Sockets();
const accept = (incoming: IncomingMessage, outgoing: ServerResponse) => {
  const upgrade = upgradeOf(incoming);
  if (incoming.headers['x-refuse']) outgoing.writeHead(403).end();
  else if (upgrade)
    sockets.accept(upgrade, (socket) => opened(new SocketStream(socket, { mostWaiting: BOUND, subscribe })));
};
const server = createServer();
server.on('upgrade', (incoming: IncomingMessage, socket: Socket, head: Buffer) =>
  answerUpgrade(accept, { incoming, socket, head }),
);
let opened: (stream: SocketStream) => void;
const subscribe = vi.fn();

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => void server.close());
const clients: WebSocket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate();
  subscribe.mockReset();
});

async function open({ autoPong = true } = {}) {
  const arrived = new Promise<SocketStream>((resolve) => {
    opened = resolve;
  });
  const { port } = server.address() as AddressInfo;
  const connection = connect({ port, host: '127.0.0.1' });
  const createConnection = () => connection;
  const client = new WebSocket(`ws://127.0.0.1:${port}/`, { autoPong, createConnection });
  clients.push(client);
  await once(client, 'open');
  const stream = await arrived;
  const ended = new Promise<void>((resolve) => stream.onEnd(resolve));
  return { client, connection, stream, ended };
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
  await eventually(() => expect(stream.waiting).toBe(0));
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
  for (const kind of ['ping', 'pong'] as const) {
    const { client, connection } = await open();
    const pong = vi.fn();
    client.on('pong', pong);
    connection.cork(); // all arrive at once, before the answer to any is on its way
    for (let n = 0; n < 100; n++) client[kind]();
    connection.uncork();
    expect((await once(client, 'close'))[0]).toBe(1008);
    expect(pong).toHaveBeenCalledTimes(kind === 'ping' ? 60 : 0);
  }
});

it('reads no message that comes in more pieces than one needs', async () => {
  const { client } = await open();
  for (let n = 0; n < 100; n++) client.send('x', { fin: false });
  expect((await once(client, 'close'))[0]).toBe(1008);
});

it('ends what a client listens to when it leaves the channel, and with the stream', async () => {
  const { client, stream, ended } = await open();
  const ends = vi.fn();
  subscribe.mockImplementation((_channel, subscription) => subscription.onEnd(ends));
  for (let n = 0; n < 10; n++)
    for (const type of ['subscribe', 'unsubscribe']) client.send(JSON.stringify({ type, stream: 'user' }));
  await eventually(() => expect(ends).toHaveBeenCalledTimes(10));
  stream.subscribe('public');
  client.terminate();
  await ended;
  expect(ends).toHaveBeenCalledTimes(11);
  stream.subscribe('user');
  expect(subscribe).toHaveBeenCalledTimes(11);
});

it('lets go of a refused client that keeps its end of the connection open', async () => {
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const lines = [
    'GET / HTTP/1.1',
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'X-Refuse: 1',
  ];
  client.write(`${lines.join('\r\n')}\r\n\r\n`);
  expect(String((await once(client, 'data'))[0])).toMatch(/^HTTP\/1\.1 403 /);
  await expectNoConnections();
  client.destroy();
});

it('closes at last a client that does not take its leave', async () => {
  const { client, stream } = await open();
  client.pause();
  stream.sendAway();
  stream.sendAway();
  await expectNoConnections();
});

const expectNoConnections = () =>
  eventually(async () => {
    const connections = await new Promise((resolve) =>
      server.getConnections((_error, count) => resolve(count)),
    );
    expect(connections).toBe(0);
  });
