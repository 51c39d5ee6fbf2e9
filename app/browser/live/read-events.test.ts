import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { readEvents, type StreamEnd, type WrittenEvent } from './read-events.ts';

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a port');
  return `http://127.0.0.1:${address.port}/`;
}

type Read = { end: StreamEnd | null; events: WrittenEvent[]; opened: number };

async function read(
  url: string,
  { lastEventId = null as string | null, until = Infinity } = {},
): Promise<Read> {
  const reading = new AbortController();
  const events: WrittenEvent[] = [];
  let opened = 0;
  const end = await readEvents({
    ...{ url, lastEventId, signal: reading.signal },
    opened: () => opened++,
    heard: (event) => {
      events.push(event);
      if (events.length >= until) reading.abort();
    },
  });
  return { end, events, opened };
}

test('events come with their names and ids, however the network cuts them', async () => {
  const written = Buffer.from('id: 7\nevent: arrival\ndata: {"text":"Grüße 🚲"}\n\nevent: beat\ndata: 1\n\n');
  const url = await serve(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const byte of written) await new Promise((sent) => response.write(Buffer.of(byte), sent));
    response.end();
  });
  expect((await read(url)).events).toEqual([
    { name: 'arrival', data: '{"text":"Grüße 🚲"}', id: '7' },
    { name: 'beat', data: '1', id: null },
  ]);
});

test('the last id is sent back, and no header without one', async () => {
  const sent: unknown[] = [];
  const url = await serve((incoming, response) => {
    sent.push(incoming.headers['last-event-id']);
    response.end();
  });
  await read(url, { lastEventId: '41' });
  await read(url);
  expect(sent).toEqual(['41', undefined]);
});

test('a refusal of our server is one, with the wait that it asks for', async () => {
  const url = await serve((_, response) =>
    response.writeHead(503, { 'content-type': 'application/problem+json', 'retry-after': '6' }).end('{}'),
  );
  expect(await read(url)).toEqual({ end: { is: 'refused', waitMs: 6_000 }, events: [], opened: 0 });
});

test('without our server the stream is lost, also when a proxy answers in its place', async () => {
  const url = await serve((_, response) =>
    response.writeHead(502, { 'retry-after': '1' }).end('Bad gateway'),
  );
  expect((await read(url)).end).toEqual({ is: 'lost', waitMs: 1_000 });
  const gone = await serve((incoming) => incoming.socket.destroy());
  expect((await read(gone)).end).toEqual({ is: 'lost', waitMs: 0 });
});

test('a server that ends its streams says when to come back', async () => {
  const url = await serve((_, response) => response.end('event: beat\ndata: 1\n\nretry: 250\n\n'));
  expect(await read(url)).toMatchObject({ end: { is: 'lost', waitMs: 250 }, opened: 1 });
});

test('a stream that breaks off is lost, and what came before was heard', async () => {
  const url = await serve((incoming, response) =>
    response.write('event: beat\ndata: 1\n\nevent: be', () => incoming.socket.destroy()),
  );
  expect(await read(url)).toMatchObject({ end: { is: 'lost' }, events: [{ name: 'beat' }] });
});

test('a stream that its reader has closed is not called lost, and its connection ends', async () => {
  let hear = () => {};
  const closed = new Promise<void>((resolve) => {
    hear = resolve;
  });
  const url = await serve((_, response) => {
    response.on('close', hear);
    response.write('event: beat\ndata: 1\n\n');
  });
  expect((await read(url, { until: 1 })).end).toBeNull();
  await closed;
});
