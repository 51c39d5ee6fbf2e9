import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { eventually } from './eventually.ts';
import { Link } from './link.ts';

let echo: Server;
let link: Link;
const clients: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  link = await Link.open((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await link.close();
  echo.close();
});

async function dial(): Promise<Socket> {
  const client = connect(link.port, '127.0.0.1');
  clients.push(client);
  client.on('error', () => {});
  await once(client, 'connect');
  return client;
}

const hears = async (client: Socket) => String((await once(client, 'data'))[0]);

it('carries both ways', async () => {
  const client = await dial();
  client.write('hello');
  expect(await hears(client)).toBe('hello');
});

it('cut, ends what is open and refuses what is new, until it heals', async () => {
  const client = await dial();
  link.cut();
  await once(client, 'close');
  await once(await dial(), 'close');
  link.heal();
  const next = await dial();
  next.write('again');
  expect(await hears(next)).toBe('again');
});

it('stalled, carries nothing and loses nothing', async () => {
  const client = await dial();
  link.stall();
  const heard = vi.fn();
  client.on('data', (data) => heard(String(data)));
  client.write('held ');
  client.write('back');
  const other = await dial(); // accepted, so that time has passed
  expect(heard).not.toHaveBeenCalled();
  link.heal();
  await eventually(() => expect(heard.mock.calls.flat().join('')).toBe('held back'));
  other.destroy();
});

it('slowed, takes at least so long each way', async () => {
  const client = await dial();
  link.slow(30);
  const started = performance.now();
  client.write('hello');
  expect(await hears(client)).toBe('hello');
  expect(performance.now() - started).toBeGreaterThan(55);
});

it('cut in the middle of a burst, has carried the first of it', async () => {
  const client = await dial();
  const closed = once(client, 'close');
  const cut = link.cutAfter(8, 5_000);
  client.write('hello');
  expect(await hears(client)).toBe('hello');
  client.write('again');
  await Promise.all([cut, closed]);
});

it('says when there was no burst to cut', async () => {
  await expect(link.cutAfter(8, 10)).rejects.toThrow();
});

it.each(['process', 'server'] as const)(
  'losing what the %s says, ends the connection when it heals',
  async (of) => {
    const client = await dial();
    const closed = once(client, 'close');
    const heard = vi.fn();
    client.on('data', heard);
    link.lose(of);
    client.write('lost');
    const other = await dial(); // accepted, so that time has passed
    link.heal();
    await closed;
    expect(heard).not.toHaveBeenCalled();
    other.destroy();
    const next = await dial();
    next.write('again');
    expect(await hears(next)).toBe('again');
  },
);

it('ends the connection when the server does', async () => {
  const accepted = once(echo, 'connection');
  const client = await dial();
  const [socket] = (await accepted) as [Socket];
  socket.destroy();
  await once(client, 'close');
});
