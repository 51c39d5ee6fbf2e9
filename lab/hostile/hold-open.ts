import { setMaxListeners } from 'node:events';
import { Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { Intruder } from './intruder.ts';

/** Where connections go, and from which address they come. */
export type Aim = Pick<Intruder, 'url' | 'from'>;

/** What is sent over a connection that is then left open. */
export type Opening = {
  bytes: string;
  /**
   * Whether the client reads what comes. One that does not read never learns that the server has ended the connection.
   */
  isRead: boolean;
};

const AGAIN = 1_000; // ms after the server has ended one: as old as it lets one grow before a new one replaces it

/**
 * Holds `count` connections open until the signal. One that the server ends is opened again a second later. Resolves
 * with how many were opened in all.
 */
export async function holdOpen(
  aim: Aim,
  { count, ...opening }: Opening & { count: number },
  signal: AbortSignal,
): Promise<number> {
  setMaxListeners(0, signal); // each of them waits for it
  const begun = await Promise.all(Array.from({ length: count }, () => keepOpen(aim, opening, signal)));
  return begun.reduce((sum, each) => sum + each, 0);
}

async function keepOpen(aim: Aim, opening: Opening, signal: AbortSignal): Promise<number> {
  let begun = 0;
  while (!signal.aborted) {
    begun++;
    await openOne(aim, opening, signal);
    await wait(AGAIN, undefined, { signal }).catch(() => {});
  }
  return begun;
}

/** Opens one connection and sends what there is to send. Resolves with the start of the answer when it is closed. */
export function openOne(
  { url, from }: Aim,
  { bytes, isRead }: Opening,
  signal: AbortSignal,
): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = new Socket();
  let heard = '';
  if (isRead) socket.on('data', (piece) => (heard ||= piece.toString('latin1')));
  else socket.pause(); // before it connects: otherwise Node reads the first 64 KB
  return new Promise((resolve) => {
    const end = () => socket.destroy();
    socket.on('error', () => {}); // `close` follows
    socket.once('end', end).once('close', () => {
      signal.removeEventListener('abort', end);
      resolve(heard);
    });
    signal.addEventListener('abort', end, { once: true });
    socket.connect({ host: hostname, port: Number(port), localAddress: from });
    socket.write(bytes);
    if (signal.aborted) end();
  });
}

const host = ({ url }: Aim) => `Host: ${new URL(url).host}`;

/** A post whose body never ends. */
export const halfAPost = (aim: Aim): string =>
  [
    'POST /api/tweets HTTP/1.1',
    host(aim),
    'Content-Type: application/json',
    'Idempotency-Key: half-sent',
    'Content-Length: 100',
    '',
    '{"text":"Half of',
  ].join('\r\n');

/** A request for a stream of these topics. */
export const aStream = (intruder: Intruder, topics: string[]): string =>
  aGet(intruder, `/api/stream?topics=${topics.join()}`);

/** `count` requests for large answers at once. */
export const manyPages = (intruder: Intruder, count: number): string =>
  aGet(intruder, '/api/openapi.json').repeat(count);

const aGet = (intruder: Intruder, path: string): string =>
  `GET ${path} HTTP/1.1\r\n${host(intruder)}\r\nCookie: ${intruder.cookie}\r\n\r\n`;
