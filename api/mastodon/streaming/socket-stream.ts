import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import { Ending } from '#api/live/ending.ts';
import { CHANNEL_NAMES, type Channel, parseChannel } from '#api/mastodon/streaming/channels.ts';
import type { ClientEvent, ClientStream, EndReason } from '#api/mastodon/streaming/client-stream.ts';
import type { Subscription } from '#api/mastodon/streaming/listen.ts';
import { SECOND } from '#core/durations.ts';

const BEAT = 30 * SECOND; // a connection that answers no ping until the next one is dead
const FAREWELL = 300; // ms in which a client may answer that the stream is closed; the process ends soon after
const MESSAGES = 60; // messages, pings and pongs that a client may send from one beat to the next

/** Codes of RFC 6455 with which we close. */
const CLOSED = { away: 1001, refused: 1008, failed: 1011 } as const;

const message = z.object({ type: z.enum(['subscribe', 'unsubscribe']), stream: z.string() });

/** What a {@link SocketStream} is made with. */
export type SocketOptions = {
  /** Bytes that may wait for the reader. */
  mostWaiting: number;
  /** Called for each channel that the client asks for and does not listen to yet. */
  subscribe(channel: Channel, subscription: Subscription): void;
};

/** The writing end of one WebSocket. Everything after its end is ignored. */
export class SocketStream implements ClientStream {
  readonly #ending = new Ending();
  readonly #channels = new Map<Channel, Ending>();
  #isAlive = true;
  #messages = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: SocketOptions,
  ) {
    const beats = setInterval(() => this.beat(), BEAT);
    this.onEnd(() => {
      clearInterval(beats);
      for (const channel of [...this.#channels.keys()]) this.#unsubscribe(channel);
    });
    socket.on('close', () => this.#ending.come());
    socket.on('error', () => socket.terminate()); // such as a message that is too large
    socket.on('message', (data) => {
      if (this.#isCounted()) this.#heard(data);
    });
    socket.on('pong', () => {
      this.#isAlive = this.#isCounted();
    });
    socket.on('ping', (data) => {
      if (this.#isCounted()) this.#ifReading(() => socket.pong(data));
    });
  }

  /** Bytes that were sent and that the system has not taken. */
  get waiting(): number {
    return this.socket.bufferedAmount;
  }

  onEnd(callback: () => void): void {
    this.#ending.on(callback);
  }

  tell(channel: Channel, { event, payload }: ClientEvent): void {
    this.#send({ stream: [channel], event, payload });
  }

  /** Begins to listen to a channel; nothing more if it does, or after the end. */
  subscribe(channel: Channel): void {
    if (this.#channels.has(channel) || !this.#isOpen()) return;
    const ending = new Ending();
    this.#channels.set(channel, ending);
    this.options.subscribe(channel, {
      tell: (to, event) => this.#channels.get(to) === ending && this.tell(to, event),
      end: (reason) => this.end(reason),
      onEnd: (callback) => ending.on(callback),
    });
  }

  /** Asks whether the client is there. One that did not answer the last time is cut off. */
  beat(): void {
    if (!this.#isAlive) return void this.socket.terminate();
    this.#isAlive = false;
    this.#messages = 0;
    this.#ifReading(() => this.socket.ping());
  }

  end(reason: EndReason): void {
    if (reason === 'revoked') this.#close(CLOSED.refused, 'The access token was revoked');
    else this.#close(CLOSED.failed, 'Something failed: connect again');
  }

  sendAway(): void {
    this.#close(CLOSED.away, 'The server restarts: connect again');
  }

  #isOpen = (): boolean => this.socket.readyState === this.socket.OPEN;

  /** Counts what the client sends, and ends a stream whose client sends too much. False when it is to be ignored. */
  #isCounted(): boolean {
    if (!this.#isOpen()) return false; // it was asked to go, and has a moment for that
    if (++this.#messages <= MESSAGES) return true;
    this.#close(CLOSED.refused, `Expected at most ${MESSAGES} messages in ${BEAT / SECOND} s`);
    return false;
  }

  #heard(data: RawData): void {
    const asked = message.safeParse(parsed(String(data)));
    const channel = parseChannel(asked.data?.stream);
    if (!asked.success) this.#refuse('Expected {"type":"subscribe","stream":"…"}');
    else if (channel === null) this.#refuse(`Unknown stream type: expected ${CHANNEL_NAMES}`);
    else if (asked.data.type === 'subscribe') this.subscribe(channel);
    else this.#unsubscribe(channel);
  }

  #unsubscribe(channel: Channel): void {
    this.#channels.get(channel)?.come();
    this.#channels.delete(channel);
  }

  #refuse(error: string): void {
    this.#send({ error, status: 400 });
  }

  #send(message: object): void {
    this.#ifReading(() => this.socket.send(JSON.stringify(message)));
  }

  /** Looks before something is sent and not after, so that one event larger than the bound still reaches a reader. */
  #ifReading(send: () => void): void {
    if (!this.#isOpen()) return;
    if (this.waiting > this.options.mostWaiting) this.socket.terminate();
    else send();
  }

  #close(code: number, reason: string): void {
    this.#ending.come();
    this.socket.close(code, reason);
    setTimeout(() => this.socket.terminate(), FAREWELL).unref();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
