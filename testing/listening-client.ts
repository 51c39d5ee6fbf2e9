import { setTimeout as wait } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { WebSocket } from 'ws';
import { z } from 'zod';

/** Opens a stream, tells of its events, and resolves when it has ended. Rejects when it could not be opened. */
export type Listening = (
  opened: () => void,
  heard: (data: unknown) => void,
  signal: AbortSignal,
) => Promise<void>;

/** A client that comes back whenever its stream ends, as our page and apps do. */
export class ListeningClient {
  /** Ids of the tweets that it was told of. */
  readonly heard = new Set<number>();
  /** For each end of a stream, ms until the next one was open. */
  readonly gaps: number[] = [];
  /** Tries that opened nothing. */
  failures = 0;
  #isOpen = false;
  readonly #leaving = new AbortController();
  readonly #ended: Promise<void>;

  constructor(private readonly listening: Listening) {
    this.#ended = this.#run();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  async close(): Promise<void> {
    this.#leaving.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#leaving;
    let endedAt: number | undefined;
    const opened = () => {
      this.#isOpen = true;
      if (endedAt !== undefined) this.gaps.push(performance.now() - endedAt);
      endedAt = undefined;
    };
    while (!signal.aborted) {
      await this.listening(opened, (data) => this.#hear(data), signal).catch(() => this.failures++);
      this.#isOpen = false;
      endedAt ??= performance.now();
      await wait(COME_BACK, undefined, { signal }).catch(() => {});
    }
  }

  #hear(data: unknown): void {
    const id = tweetIn(data);
    if (id !== null) this.heard.add(id);
  }
}

const COME_BACK = 250; // ms: what our streams ask for when they are sent away

const arrival = z.object({ tweet: z.object({ id: z.int() }) });
const update = z.object({ event: z.literal('update'), payload: z.string() });
const status = z.object({ id: z.coerce.number() });

/** The tweet in an event of ours, or of the client API of Mastodon. */
function tweetIn(data: unknown): number | null {
  const told = update.safeParse(data).data;
  if (told) return status.parse(JSON.parse(told.payload)).id;
  return arrival.safeParse(data).data?.tweet.id ?? null;
}

/** Our own stream of events. */
export const overEvents =
  (url: string, cookie: string): Listening =>
  async (opened, heard, signal) => {
    const response = await fetch(url, { headers: { cookie }, signal });
    if (!response.ok || !response.body) throw new Error(`Expected a stream, got ${response.status}`);
    opened();
    const events = response.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream());
    try {
      for await (const { data } of events) heard(JSON.parse(data));
    } catch {
      // cut off: that is an end as well
    }
  };

/** The WebSocket of the client API of Mastodon. */
export const overWebSocket =
  (url: string): Listening =>
  (opened, heard, signal) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(url.replace('http:', 'ws:'));
      socket.on('open', opened);
      socket.on('message', (data) => heard(JSON.parse(String(data))));
      socket.on('error', reject);
      const leave = () => socket.terminate();
      signal.addEventListener('abort', leave);
      socket.on('close', () => {
        signal.removeEventListener('abort', leave);
        resolve();
      });
    });
