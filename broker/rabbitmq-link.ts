import type { ChannelModel } from 'amqplib';
import { BrokerAway } from './port.ts';
import { type ConnectionOptions, explain, KeptConnection } from './rabbitmq-connection.ts';
import { tooLate, within } from './within.ts';

/** Hands out what was opened on a connection. After every loss it is opened again, on a new connection. */
export class KeptLink<T> {
  readonly #connection: KeptConnection<T>;
  #next = awaited<T>();
  #isClosed = false;

  constructor(
    nodes: Pick<ConnectionOptions<T>, 'urls' | 'random'>,
    open: (model: ChannelModel) => Promise<T>,
  ) {
    this.#connection = new KeptConnection({
      ...nodes,
      setUp: open,
      ready: (opened) => this.#next.resolve(opened),
      lost: (cause, url) => this.#lose(new BrokerAway(explain(cause, url), { cause })),
    });
  }

  /** Asks what was opened; waits up to `patienceMs` for a connection. Every failure is a {@link BrokerAway}. */
  async ask<R>(question: (opened: T) => Promise<R>, patienceMs: number): Promise<R> {
    try {
      if (this.#isClosed) throw closed();
      const late = () => tooLate('connection', patienceMs);
      return await question(await within(patienceMs, this.#next.promise, late));
    } catch (cause) {
      if (cause instanceof BrokerAway) throw cause;
      throw new BrokerAway(explain(cause, this.#connection.url), { cause });
    }
  }

  /** May be called twice. */
  async close(): Promise<void> {
    await this.#connection.close();
    this.#isClosed = true;
    this.#lose(closed());
  }

  #lose(error: Error): void {
    this.#next.reject(error);
    this.#next = awaited<T>();
  }
}

const closed = () => new Error('this connection is closed');

/** A promise that is settled from outside. An unhandled rejection of it is no error. */
function awaited<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((resolveIt, rejectIt) => {
    resolve = resolveIt;
    reject = rejectIt;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}
