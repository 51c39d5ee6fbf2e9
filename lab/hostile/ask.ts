import { Agent, request } from 'node:http';
import type { Answered } from '#lab/clients/session.ts';
import type { Intruder } from './intruder.ts';

/** One request of an intruder. */
export type Asked = { method: string; path: string; headers?: Record<string, string>; body?: string };

const PATIENCE = 20_000; // ms

/** Sends requests as an intruder, over connections from the intruder's address. They stay open for the next request. */
export class Asking {
  readonly #agent: Agent;

  constructor(
    private readonly intruder: Intruder,
    most: number,
  ) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: most, localAddress: intruder.from });
  }

  /** Sends one request. Never rejects: without an answer the status is null. */
  ask({ method, path, headers, body = '' }: Asked): Promise<Answered> {
    const { url, cookie } = this.intruder;
    const { hostname, port } = new URL(url);
    return new Promise((resolve) => {
      const none = () => resolve({ status: null, text: '' });
      const asking = request(
        {
          ...{ hostname, port, path, method, agent: this.#agent, timeout: PATIENCE },
          headers: { cookie, ...(body && { 'content-length': Buffer.byteLength(body) }), ...headers },
        },
        (answer) => {
          const pieces: Buffer[] = [];
          answer.on('data', (piece: Buffer) => pieces.push(piece)).on('error', none);
          answer.on('end', () =>
            resolve({ status: answer.statusCode ?? null, text: Buffer.concat(pieces).toString() }),
          );
        },
      );
      asking.on('error', none).on('timeout', () => asking.destroy());
      asking.end(body);
    });
  }

  /** Cuts all connections. Open requests get no answer. */
  stop(): void {
    this.#agent.destroy();
  }
}
