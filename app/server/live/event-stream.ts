import 'server-only';
import type { StreamEvents } from '#app/contract.ts';

/** The writing end of one server-sent event stream. Everything after the end is ignored. */
export class EventStream {
  readonly response: Response;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onEnd = new Set<() => void>();
  static #open = new Set<EventStream>();
  static #hooked = false;
  static #closing = false;

  constructor(signal: AbortSignal) {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => this.end(),
    });
    this.response = new Response(body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-cache, no-transform',
        'x-accel-buffering': 'no',
        // Ends with its stream. Kept alive it would hold a process that was told to end for 5 s more, and the
        // browser's next stream would come in by it, to a server that takes no new connection any more.
        connection: 'close',
      },
    });
    EventStream.#open.add(this);
    EventStream.#hook();
    if (signal.aborted || EventStream.#closing) this.end();
    else signal.addEventListener('abort', () => this.end());
  }

  /** Streams of this process that have not ended. */
  static get open(): number {
    return EventStream.#open.size;
  }

  /** Sends one event; `id` is what the browser sends back as Last-Event-ID after a cut. */
  send<K extends keyof StreamEvents>(event: K, data: StreamEvents[K], id?: string): void {
    const lines = [`event: ${event}`, `data: ${JSON.stringify(data)}`];
    if (id) lines.unshift(`id: ${id}`);
    this.#controller?.enqueue(new TextEncoder().encode(`${lines.join('\n')}\n\n`));
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
    EventStream.#open.delete(this);
    for (const callback of this.#onEnd) callback();
    this.#onEnd.clear();
    try {
      controller?.close();
    } catch {
      // the browser closed it first
    }
  }

  /**
   * `next start` waits for open streams for ever on SIGTERM: end them all. Hooked with the first stream and not on
   * import, where the listener would keep the build's processes alive.
   */
  static #hook(): void {
    if (EventStream.#hooked) return;
    EventStream.#hooked = true;
    const endAll = () => {
      EventStream.#closing = true;
      for (const stream of EventStream.#open) stream.end();
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, endAll);
  }
}
