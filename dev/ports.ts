import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort, { portNumbers } from 'get-port';

/**
 * A port on 127.0.0.1 that nobody listens on, and that this process has not given out within the last 15 s. It is below those
 * that a system gives to outgoing connections. One of those may be taken while a server that had it starts again.
 */
export function freePort(): Promise<number> {
  const first = LOWEST + Math.floor(Math.random() * (BELOW - TRIES - LOWEST));
  return getPort({ host: '127.0.0.1', port: portNumbers(first, first + TRIES) });
}

const LOWEST = 10_000;
const BELOW = 32_768; // Linux takes its own from here on, others from 49,152
const TRIES = 100;

/**
 * Whether nobody listens on a port. All three addresses are tried: `localhost` may mean either loopback, and some systems
 * let two programs share a port under different addresses, where the browser could reach the other program. get-port
 * does not fit here: it calls a port taken that it gave out itself.
 */
export async function isFree(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1', '0.0.0.0']) {
    if (!(await canListen(port, host))) return false;
  }
  return true;
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Any other error says nothing about the port. There may be no IPv6 here, for example.
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code !== 'EADDRINUSE' && error.code !== 'EACCES'),
    );
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Sends `request` to a local port and resolves with the first piece of the answer. Rejects without one in time. */
export function ask(port: number, request: string, timeoutMs = 1_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed without an answer')));
  });
}

/** Repeats `check` until it resolves. Rejects with its last failure when the time is over. */
export async function until<T>(check: () => Promise<T>, timeoutMs: number, signal?: AbortSignal): Promise<T> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      signal?.throwIfAborted();
      if (performance.now() > end) throw error;
    }
    await sleep(25);
  }
}
