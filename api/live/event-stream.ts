import type { StreamEvents } from '#api/contract.ts';
import type { OpenStream } from '#api/live/open-streams.ts';

/** What a stream is written to: a response, and the bytes that it has taken and not sent. */
export type Connection = { readonly writableLength: number; destroy(): unknown };

const NO_CONNECTION: Connection = { writableLength: 0, destroy: () => {} };

/** A stream has room while its queue holds fewer bytes than this. Then a snapshot in several events sends the next one. */
const ROOM = 64 * 1024;

export type StreamOptions = {
  connection?: Connection;
  /** Bytes that may wait for the reader. Without it there is no bound. */
  mostWaiting?: number;
};

/**
 * The writing end of one server-sent event stream. Everything after the end is ignored.
 *
 *     send ──▶ queue of this stream ──▶ response ──▶ the system's buffers ──▶ reader
 *              └────────── waiting ──────────┘
 *
 * The server moves an event from the queue to the response when the response has sent what it had. When a reader does not
 * read, both fill, and the stream is cut off. A healthy browser comes back with the last id that it heard.
 */
export class EventStream implements OpenStream {
  readonly response: Response;
  readonly #connection: Connection;
  readonly #mostWaiting: number;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #onEnd = new Set<() => void>();
  readonly #onRoom = new Set<() => void>();

  constructor({ connection = NO_CONNECTION, mostWaiting = Number.POSITIVE_INFINITY }: StreamOptions = {}) {
    this.#connection = connection;
    this.#mostWaiting = mostWaiting;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#tellRoom(),
        // The server cancels what it was sending when its connection is gone.
        cancel: () => this.end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: ROOM }),
    );
    this.response = new Response(body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        // The connection ends with its stream. If it were kept alive, a process that was told to end could not. And the
        // browser's next stream would come by it, to a server that takes no new connection any more.
        connection: 'close',
      },
    });
  }

  /** Bytes that were sent and that the system has not taken: in the queue and in the response. */
  get waiting(): number {
    return this.#controller ? this.#queued + this.#connection.writableLength : 0;
  }

  /** Sends one event; `id` is what the browser sends back as Last-Event-ID after a cut. */
  send<K extends keyof StreamEvents>(event: K, data: StreamEvents[K], id?: string): void {
    const lines = [`event: ${event}`, `data: ${JSON.stringify(data)}`];
    if (id) lines.unshift(`id: ${id}`);
    this.write(`${lines.join('\n')}\n\n`);
  }

  /** Asks the browser to come back after so many milliseconds, and ends. */
  sendAway(retryMs: number): void {
    this.write(`retry: ${retryMs}\n\n`);
    this.end();
  }

  /** Calls `callback` once: now if the queue has room, else when the reader has made some. Never after the end. */
  onRoom(callback: () => void): void {
    if (!this.#controller) return;
    if (this.#queued < ROOM) callback();
    else this.#onRoom.add(callback);
  }

  /** Calls `callback` when the stream ends, whoever ends it; at once if it has ended. */
  onEnd(callback: () => void): void {
    if (this.#controller) this.#onEnd.add(callback);
    else callback();
  }

  /** Closes the stream. May be called twice. */
  end(): void {
    const controller = this.#controller;
    this.#controller = undefined;
    this.#onRoom.clear();
    for (const callback of this.#onEnd) callback();
    this.#onEnd.clear();
    try {
      controller?.close();
    } catch {
      // the browser closed it first
    }
  }

  get #queued(): number {
    return ROOM - (this.#controller?.desiredSize ?? ROOM);
  }

  /**
   * Writes lines of the stream's format. Looks before an event is added and not after, so that one event larger than the
   * bound still reaches a reader.
   */
  write(text: string): void {
    if (this.waiting > this.#mostWaiting) this.#cutOff();
    else this.#controller?.enqueue(new TextEncoder().encode(text));
  }

  /** Destroys the connection. Closing alone would keep the queue for a reader that never comes. */
  #cutOff(): void {
    this.end();
    this.#connection.destroy();
  }

  #tellRoom(): void {
    const callbacks = [...this.#onRoom];
    this.#onRoom.clear();
    for (const callback of callbacks) this.onRoom(callback);
  }
}
