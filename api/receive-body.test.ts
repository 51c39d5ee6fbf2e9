import { createServer, IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, Socket } from 'node:net';
import { afterEach, expect, it, vi } from 'vitest';
import { MAX_BYTES, type ReceivedBody, receiveBody } from './receive-body.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  return new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
});

/** What is received of pieces that a client sends; without an end it goes on for ever. */
async function received(pieces: (string | Buffer)[], { end }: { end: boolean }): Promise<ReceivedBody> {
  return new Promise((resolve, reject) => {
    const opened = createServer((incoming) => receiveBody(incoming, { patience: 100 }).then(resolve, reject));
    server = opened;
    opened.listen(0, '127.0.0.1', () => {
      const { port } = opened.address() as AddressInfo;
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

it('gives up bodies that began in one moment at different ones, none too early', async () => {
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const halves = Array.from({ length: 20 }, () => new IncomingMessage(new Socket()));
  const received = Promise.allSettled(halves.map((half) => receiveBody(half, { patience: 10_000 })));
  const delays = timers.mock.calls.map(([, delay]) => Number(delay)).filter((delay) => delay >= 5_000);
  timers.mockRestore();
  for (const half of halves) half.destroy();
  expect((await received).map(({ status }) => status)).toEqual(halves.map(() => 'rejected'));
  expect(delays).toHaveLength(20);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(10_000);
  expect(Math.max(...delays)).toBeLessThan(12_000);
  expect(new Set(delays).size).toBeGreaterThan(1);
});
