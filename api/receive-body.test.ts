import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { MAX_BYTES, type ReceivedBody, receiveBody } from './receive-body.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

/** What is received of pieces that a client sends; without an end it goes on for ever. */
async function received(pieces: (string | Buffer)[], { end }: { end: boolean }): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    server = createServer((incoming) => receiveBody(incoming, 100).then(resolve, reject));
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const client = request({ port, method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
      client.on('error', () => {}); // the server closes what it does not wait for
      for (const piece of pieces) client.write(piece);
      if (end) client.end();
    });
  });
}

it('puts a body together that comes in pieces, also where one ends within a character', async () => {
  const whole = Buffer.from('{"text":"é"}');
  const { text } = await received([whole.subarray(0, 10), whole.subarray(10)], { end: true });
  expect(text).toBe('{"text":"é"}');
});

it('takes no bytes for text that are none', async () => {
  const latin1 = Buffer.from('{"text":"é"}', 'latin1');
  expect(await received([latin1], { end: true })).toEqual({ kind: 'not UTF-8' });
});

it('takes no more than it may, and does not wait for the rest', async () => {
  expect(await received(['x'.repeat(MAX_BYTES)], { end: true })).toMatchObject({ kind: 'text' });
  expect(await received(['x'.repeat(MAX_BYTES + 1)], { end: false })).toEqual({
    kind: 'too large',
    maxBytes: MAX_BYTES,
  });
});

it('gives a body up that does not come, and closes its connection', async () => {
  await expect(received(['{"te'], { end: false })).rejects.toMatchObject({
    kind: 'too-slow',
    headers: { connection: 'close' },
  });
});
