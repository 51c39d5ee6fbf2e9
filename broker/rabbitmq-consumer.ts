import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { type Envelope, unseal } from './envelope.ts';
import { outcomeOf } from './outcome.ts';
import type { Consumer, Handler } from './port.ts';
import { settledWithin } from './within.ts';

const HAND_BACK_MS = 500;
/** How often a consumer that has nothing looks whether something waits for it. */
const LOOK_MS = 2_000;

type Options = {
  queue: string;
  handler: Handler;
  concurrency: number;
  /** How many messages wait to be handed out. */
  ready(): Promise<number>;
  /** Resolves when a copy waits for its time; the original is acknowledged only then. */
  delay(copy: Partial<Envelope> & { due: number }): Promise<void>;
  /** Resolves when a copy lies among the dead letters. */
  bury(copy: Partial<Envelope>): Promise<void>;
};

type Taken = { channel: Channel; abort: AbortController; done: Promise<void> };

/** Takes messages on a channel of its own; after a lost connection, on a channel of the next one. */
export class RabbitmqConsumer implements Consumer {
  readonly #options: Options;
  readonly #taken = new Set<Taken>();
  #model: ChannelModel | undefined;
  #channel: Channel | undefined;
  #received = 0;
  #stopping: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Messages that handlers of this consumer have now. */
  get inFlight(): number {
    return this.#taken.size;
  }

  /** Starts taking on this connection, once for each. */
  async attach(model: ChannelModel): Promise<void> {
    if (this.#stopping || this.#model === model) return;
    this.#model = model;
    await this.#open(model);
  }

  async #open(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    channel.on('error', () => {});
    channel.on('close', () => this.#lose(channel, model));
    this.#channel = channel;
    await channel.prefetch(this.#options.concurrency);
    // Stopped meanwhile: it would be handed messages for as long as the connection lasts, and give back each.
    if (this.#stopping) return attempt(() => channel.close());
    await channel.consume(this.#options.queue, (message) => this.#receive(channel, message), {
      consumerTag: TAG,
    });
    this.#watch(channel, model);
  }

  /**
   * Takes on another channel when this one is handed nothing at two looks in a row, although messages wait and nothing is in
   * hand. When a quorum queue has lost its majority for a while, RabbitMQ 4.0 may lose an acknowledgement, and with it all that
   * comes later on the channel (rabbitmq-server 14589).
   */
  #watch(channel: Channel, model: ChannelModel): void {
    let isForgotten = false;
    let seen = this.#received;
    const look = async () => {
      const ready = this.#taken.size > 0 || this.#received > seen ? 0 : await this.#options.ready();
      const isNeglected = ready > 0 && this.#taken.size === 0 && this.#received === seen;
      seen = this.#received;
      if (isNeglected && isForgotten && this.#channel === channel && !this.#stopping) {
        await this.#open(model);
        await channel.close();
      }
      isForgotten = isNeglected;
    };
    const looking = setInterval(() => void attempt(look), LOOK_MS).unref();
    channel.once('close', () => clearInterval(looking));
  }

  /** Does nothing. On a quorum queue, changing the limit would mean giving back all messages that were taken. */
  resize(): void {}

  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs).finally(() => {
      this.#isStopped = true;
    });
    return this.#stopping;
  }

  /** True once it has stopped: nobody has to know of it any more. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  async #stop(deadlineMs: number): Promise<void> {
    const channel = this.#channel;
    const finished = attempt(() => channel?.cancel(TAG)).then(() =>
      Promise.all([...this.#taken].map(({ done }) => done)),
    );
    await settledWithin(deadlineMs, finished);
    // Everything that this channel still holds goes back to the queue with it.
    await settledWithin(
      HAND_BACK_MS,
      attempt(() => channel?.close()),
    );
    for (const taken of this.#taken) this.#release(taken, 'the deadline of the stop has passed');
  }

  #lose(channel: Channel, model: ChannelModel): void {
    for (const taken of this.#taken) {
      if (taken.channel === channel) this.#release(taken, 'the channel is closed and its leases are lost');
    }
    if (!this.#stopping && channel === this.#channel) void attempt(() => model.close());
  }

  #release(taken: Taken, reason: string): void {
    this.#taken.delete(taken);
    taken.abort.abort(new Error(reason));
  }

  #receive(channel: Channel, message: ConsumeMessage | null): void {
    // The server cancels a consumer whose queue was deleted: a new connection declares it again.
    if (!message) return void attempt(() => this.#model?.close());
    if (this.#stopping) return void channel.nack(message);
    this.#received += 1;
    const abort = new AbortController();
    const taken = { channel, abort, done: Promise.resolve() };
    this.#taken.add(taken);
    taken.done = this.#take(taken, message).finally(() => this.#taken.delete(taken));
  }

  async #take({ channel, abort: { signal } }: Taken, message: ConsumeMessage): Promise<void> {
    try {
      const envelope = unseal(message.content.toString());
      const { redelivered } = message.fields;
      const outcome = await outcomeOf(this.#options.handler, envelope, { redelivered, signal });
      if (signal.aborted) return;
      if (outcome.kind === 'later') await this.#options.delay(outcome.copy);
      if (outcome.kind === 'dead') await this.#options.bury(outcome.copy);
      channel.ack(message);
    } catch {
      // The copy could not be made: the original goes back. A closed channel has returned it already.
      await attempt(() => channel.nack(message));
    }
  }
}

/** The name of the consumer. It is unique on its channel, and AMQP asks for no more. */
const TAG = 'handler';

/** Tries something on a channel or connection that may be closed already. */
async function attempt(act: () => unknown): Promise<void> {
  try {
    await act();
  } catch {
    // Gone already: nothing to do.
  }
}
