import { setTimeout as wait } from 'node:timers/promises';
import { type ChannelModel, connect } from 'amqplib';
import { halfJitter } from '#core/backoff.ts';
import { SECOND } from '#core/durations.ts';
import { settledWithin, within } from './within.ts';
import { withoutPassword } from './without-password.ts';

/** RabbitMQ has no lease but the connection: after two missed heartbeats, its messages are handed out again. */
const HEARTBEAT_S = '4';
const OPEN_MS = 2 * SECOND;
/** The time for declaring queues and opening channels. After it, the next node is tried. */
const SET_UP_MS = 10 * SECOND;
const CLOSE_MS = SECOND;
const RECONNECT = { baseMs: 100, capMs: SECOND };

export type ConnectionOptions<T> = {
  /** The nodes of one cluster, or one server. */
  urls: string[];
  /** Declares queues and opens channels. */
  setUp(model: ChannelModel): Promise<T>;
  /** Told what was opened, once the connection is in use. */
  ready(opened: T): void;
  /** Told when the connection in use is lost, and whenever every node was tried in turn and none could be used. */
  lost(error: unknown, url: string): void;
  /** Draws the node to begin with, so that processes spread over all of them. */
  random?: (() => number) | undefined;
};

/**
 * Connects, and connects to the next node after every failure and every loss, until it is closed. amqplib's own recovery
 * knows only one address, and can stop for ever. It waits for the answer to a close, which never comes when the
 * connection breaks meanwhile. And it does not notice a loss during set-up.
 */
export class KeptConnection<T> {
  readonly #options: ConnectionOptions<T>;
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;
  #at: number;
  /** Tries since a connection was in use. */
  #failures = 0;
  #model: ChannelModel | undefined;

  constructor(options: ConnectionOptions<T>) {
    const { urls, random = Math.random } = options;
    this.#options = options;
    this.#at = Math.floor(random() * urls.length);
    this.#ended = this.#run();
  }

  /** The node in use, or the one that was tried last. */
  get url(): string {
    const { urls } = this.#options;
    return urls[this.#at % urls.length] ?? '';
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#over.abort(new Error('this connection is closed'));
    await settledWithin(CLOSE_MS, Promise.allSettled([this.#model?.close(), this.#ended]));
  }

  async #run(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#runOnce().catch((error) => this.#fail(error));
      const rounds = Math.floor(this.#failures / this.#options.urls.length);
      await wait(halfJitter(RECONNECT, rounds), undefined, { signal }).catch(() => {});
      this.#at += 1;
    }
  }

  /** One connection, from its opening to its loss. Rejects when it could not be used. */
  async #runOnce(): Promise<void> {
    const model = await open(this.url);
    this.#model = model;
    const closed = new Promise<unknown>((resolve) => model.once('close', resolve));
    try {
      this.#over.signal.throwIfAborted();
      const opened = Promise.race([this.#options.setUp(model), closed.then(lostMeanwhile)]);
      this.#options.ready(await within(SET_UP_MS, opened, tooSlow));
    } catch (error) {
      await settledWithin(CLOSE_MS, model.close());
      throw error;
    }
    this.#failures = 0;
    const error = await closed;
    this.#options.lost(error ?? new Error('the connection was closed'), this.url);
  }

  #fail(error: unknown): void {
    this.#failures += 1;
    if (this.#failures % this.#options.urls.length === 0) this.#options.lost(error, this.url);
  }
}

async function open(url: string): Promise<ChannelModel> {
  const target = new URL(url);
  if (!target.searchParams.has('heartbeat')) target.searchParams.set('heartbeat', HEARTBEAT_S);
  // Without noDelay, each publish waits 40 ms for the delayed acknowledgement of TCP.
  const model = await connect(target.href, { noDelay: true, timeout: OPEN_MS });
  model.on('error', () => {}); // `close` follows
  return model;
}

const lostMeanwhile = () => {
  throw new Error('the connection was lost while it was set up');
};
const tooSlow = () => new Error(`the queues were not there within ${SET_UP_MS} ms`);

/** What went wrong at this address, and what to do where that is known. */
export function explain(cause: unknown, url: string): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const at = `RabbitMQ (RABBITMQ_URL, ${withoutPassword(url)})`;
  if (/PRECONDITION.FAILED/.test(text)) {
    return `${at}: a queue exists with other arguments. Delete it, or name an empty virtual host. ${text}`;
  }
  // When the virtual host does not exist, the handshake ends, and amqplib does not pass the reason on.
  if (/ACCESS.REFUSED|NOT.ALLOWED|<ConnectionClose/.test(text)) {
    return `${at}: the server refused the user, the password or the virtual host. Correct them in RABBITMQ_URL, or add them with rabbitmqctl. ${text}`;
  }
  return `${at}: ${text}`;
}
