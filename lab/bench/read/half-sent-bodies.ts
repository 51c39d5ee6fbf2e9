import { setMaxListeners } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const AGAIN = 1_000; // ms after the server has ended one; about as long as it lets the oldest of a crowd live
const FROM = '127.0.0.2'; // another address than that of the readers

/**
 * Holds so many posts open whose bodies never end, from an address of their own, until the signal. Whatever the server
 * ends is begun anew a second later. Resolves with how many were begun in all.
 */
export async function holdHalfSent(url: string, count: number, signal: AbortSignal): Promise<number> {
  setMaxListeners(0, signal); // each of them waits for it
  const begun = await Promise.all(Array.from({ length: count }, () => holdOne(new URL(url), signal)));
  return begun.reduce((sum, each) => sum + each, 0);
}

async function holdOne({ hostname, port }: URL, signal: AbortSignal): Promise<number> {
  let begun = 0;
  while (!signal.aborted) {
    const socket = connect({ host: hostname, port: Number(port), localAddress: FROM });
    socket.write(HALF_A_POST.replace('HOST', `${hostname}:${port}`));
    begun++;
    await ended(socket, signal);
    await wait(AGAIN, undefined, { signal }).catch(() => {});
  }
  return begun;
}

const HALF_A_POST = [
  'POST /api/tweets HTTP/1.1',
  'Host: HOST',
  'Content-Type: application/json',
  'Idempotency-Key: half-sent',
  'Content-Length: 100',
  '',
  '{"text":"Half of',
].join('\r\n');

/** Resolves when the server has ended the connection, or the signal has. */
function ended(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => socket.destroy();
    signal.addEventListener('abort', end, { once: true });
    socket.on('error', () => {}); // `close` follows
    socket.resume().once('end', end);
    socket.once('close', () => {
      signal.removeEventListener('abort', end);
      resolve();
    });
  });
}
