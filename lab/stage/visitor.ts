import { z } from 'zod';

const posted = z.object({ tweet: z.object({ id: z.number() }) });

/** How long the answer to a tweet took, to its last byte. */
export type Answer = { tweetId: number; ms: number };

/** Somebody who uses the HTTP interface, signed in as several demo accounts, over a connection that stays open. */
export class Visitor {
  #cookie = '';
  constructor(private readonly url: string) {}

  /** Signs in one more account. */
  async signIn(handle: string): Promise<void> {
    const response = await this.#ask('POST', '/api/session', { body: { handle } });
    this.#cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
  }

  /** Posts a tweet and times it from the first byte sent to the last received. */
  async post(account: string): Promise<Answer> {
    const headers = { 'idempotency-key': crypto.randomUUID(), 'x-account': account };
    const started = performance.now();
    const response = await this.#ask('POST', '/api/tweets', {
      headers,
      body: { text: 'A tweet of the bench' },
    });
    const body = await response.text();
    const ms = performance.now() - started;
    return { tweetId: posted.parse(JSON.parse(body)).tweet.id, ms };
  }

  async delete(account: string, tweetId: number): Promise<void> {
    await this.#ask('DELETE', `/api/tweets/${tweetId}`, { headers: { 'x-account': account } });
  }

  async #ask(method: string, path: string, { headers = {}, body }: Message): Promise<Response> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...headers, cookie: this.#cookie, 'content-type': 'application/json' },
      body: body ? JSON.stringify(body) : null,
    });
    if (response.ok) return response;
    throw new Error(`${method} ${path}: expected success, got ${response.status} ${await response.text()}`);
  }
}

type Message = { headers?: Record<string, string>; body?: unknown };
