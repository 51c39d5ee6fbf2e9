import { once } from 'node:events';
import { WebSocket } from 'ws';
import { z } from 'zod';
import type { TokenHolder } from './tokens.ts';

/** Clients that listen, each by a WebSocket of its own. */
export type Listeners = {
  /** Resolves with the time at which each of so many has got this text, by `performance.now()`. */
  heard(text: string, count: number): Promise<number[]>;
  close(): void;
};

const message = z.object({ event: z.string(), payload: z.string() });

/** Opens one for each, some at once. */
export async function openListeners(url: string, holders: TokenHolder[]): Promise<Listeners> {
  const waiting = new Map<string, (at: number) => void>();
  const told = (data: unknown) => {
    const at = performance.now();
    const { event, payload } = message.parse(JSON.parse(String(data)));
    if (event !== 'update') return;
    for (const [text, tell] of waiting) if (payload.includes(text)) tell(at);
  };
  const sockets: WebSocket[] = [];
  const left = holders.values();
  const openSome = async () => {
    for (const { token } of left) sockets.push(await open(url, token, told));
  };
  await Promise.all(Array.from({ length: 8 }, openSome));
  return {
    heard: (text, count) =>
      new Promise((resolve) => {
        const times: number[] = [];
        waiting.set(text, (at) => {
          if (times.push(at) < count) return;
          waiting.delete(text);
          resolve(times);
        });
      }),
    close: () => sockets.forEach((socket) => void socket.terminate()),
  };
}

async function open(url: string, token: string, told: (data: unknown) => void): Promise<WebSocket> {
  const socket = new WebSocket(
    `${url.replace('http', 'ws')}/api/v1/streaming?stream=user&access_token=${token}`,
  );
  socket.on('message', told);
  await once(socket, 'open');
  return socket;
}
