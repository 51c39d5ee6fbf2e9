import type { StreamEvents } from '#api/contract.ts';
import { Refusal } from '#api/problem.ts';
import { retryAfterS } from '#core/admission/admission.ts';

/** The writing end of one server-sent event stream. Everything after the end is ignored. */
export class EventStream {
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly #onEnd = new Set<() => void>();

  constructor() {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      // The server cancels what it was sending when its connection is gone.
      cancel: () => this.end(),
    });
    this.response = new Response(body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        // Ends with its stream. Kept alive it would hold a process that was told to end, and the browser's next
        // stream would come in by it, to a server that takes no new connection any more.
        connection: 'close',
      },
    });
  }

  /** Sends one event; `id` is what the browser sends back as Last-Event-ID after a cut. */
  send<K extends keyof StreamEvents>(event: K, data: StreamEvents[K], id?: string): void {
    const lines = [`event: ${event}`, `data: ${JSON.stringify(data)}`];
    if (id) lines.unshift(`id: ${id}`);
    this.#write(`${lines.join('\n')}\n\n`);
  }

  /** Asks the browser to come back after so many milliseconds, and ends. */
  sendAway(retryMs: number): void {
    this.#write(`retry: ${retryMs}\n\n`);
    this.end();
  }

  /** Runs when the stream ends, whoever ends it; at once when it has ended. */
  onEnd(callback: () => void): void {
    if (this.#controller) this.#onEnd.add(callback);
    else callback();
  }

  /** Closes the stream. May be called twice. */
  end(): void {
    const controller = this.#controller;
    this.#controller = undefined;
    for (const callback of this.#onEnd) callback();
    this.#onEnd.clear();
    try {
      controller?.close();
    } catch {
      // the browser closed it first
    }
  }

  #write(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }
}

const WAIT_S = 5; // s; the pages' own backoff goes up to as much
const COME_BACK = 250; // ms; another web process is there already, or this one is back in a few seconds

/** The streams of one web process, and how many it carries. */
export class EventStreams {
  readonly #open = new Set<EventStream>();
  #closing = false;

  constructor(readonly max: number) {}

  /** Streams that have not ended. */
  get count(): number {
    return this.#open.size;
  }

  /** Refuses one stream more than this process may carry: those that are open must not suffer from it. */
  requireRoom(): void {
    if (this.count < this.max) return;
    const retryAfter = retryAfterS(WAIT_S);
    throw new Refusal(
      'too-many-streams',
      `Expected fewer than ${this.max} streams to be open, ${this.count} are. Try again in ${retryAfter} s.`,
      {
        headers: { 'retry-after': String(retryAfter) },
        figures: { open: this.count, limit: this.max, retryAfter },
      },
    );
  }

  /** Opens one; it ends by itself when its connection does, and at once when all are being ended. */
  open(): EventStream {
    const stream = new EventStream();
    this.#open.add(stream);
    stream.onEnd(() => this.#open.delete(stream));
    if (this.#closing) stream.sendAway(COME_BACK);
    return stream;
  }

  /** Ends all of them and those that come: their browsers are asked to come back. May be called twice. */
  endAll(): void {
    this.#closing = true;
    for (const stream of this.#open) stream.sendAway(COME_BACK);
  }
}
