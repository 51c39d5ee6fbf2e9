import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { type Envelope, seal } from './envelope.ts';
import { tooLate, within } from './within.ts';

/** A quorum queue confirms after its write to disk. */
const CONFIRM_MS = 2_000;

/**
 * Publishes on a connection of its own. A server that is short of memory or disk stops reading from every connection
 * that publishes. It would not read acknowledgements on that connection either, and these are what makes room.
 */
export class RabbitmqPublisher {
  readonly #model: ChannelModel;
  readonly #givenUp = new WeakSet<ConfirmChannel>();
  readonly #returned = new Set<string>();
  #channel: Promise<ConfirmChannel> | undefined;
  #published = 0;
  /** Why the server takes nothing now; undefined while it does. */
  #blocked: string | undefined;

  private constructor(model: ChannelModel) {
    this.#model = model;
    model.on('blocked', (reason) => {
      this.#blocked = String(reason);
    });
    model.on('unblocked', () => {
      this.#blocked = undefined;
    });
  }

  static async open(model: ChannelModel): Promise<RabbitmqPublisher> {
    const publisher = new RabbitmqPublisher(model);
    await publisher.#inUse();
    return publisher;
  }

  /** Resolves when the server holds all of them. Sends nothing to a server that does not read: it would pile up here. */
  async send(queue: string, envelopes: Partial<Envelope>[]): Promise<void> {
    if (this.#blocked !== undefined) throw new Error(`the server takes no messages now: ${this.#blocked}`);
    const channel = await within(CONFIRM_MS, this.#inUse(), () => tooLate('channel', CONFIRM_MS));
    const sent = Promise.all(envelopes.map((envelope) => this.#send(channel, queue, envelope)));
    const unconfirmed = tooLate('confirm', CONFIRM_MS);
    await within(CONFIRM_MS, sent, () => unconfirmed).catch((error) => {
      if (error === unconfirmed && this.#blocked === undefined) this.#giveUp(channel);
      throw error;
    });
  }

  /** The channel on which to publish. The connection goes with it, and the next connection opens another. */
  #inUse(): Promise<ConfirmChannel> {
    const end = () => void this.#model.close().catch(() => {});
    this.#channel ??= this.#model.createConfirmChannel().then(
      (channel) => {
        channel.on('error', () => {});
        channel.on('return', ({ properties }) => this.#returned.add(properties.correlationId));
        channel.on('close', () => this.#givenUp.has(channel) || end());
        return channel;
      },
      (error) => {
        end();
        throw error;
      },
    );
    return this.#channel;
  }

  /**
   * Publishes on another channel from now on. When a quorum queue has lost its majority for a while, RabbitMQ 4.0 may never
   * confirm anything again on a channel that published meanwhile (rabbitmq-server 14589). Others may still wait for confirms.
   */
  #giveUp(channel: ConfirmChannel): void {
    if (this.#givenUp.has(channel)) return;
    this.#givenUp.add(channel);
    this.#channel = undefined;
    setTimeout(() => void channel.close().catch(() => {}), CONFIRM_MS).unref();
  }

  /** RabbitMQ confirms even a message that it could not route and dropped. `mandatory` makes it return such a one. */
  #send(channel: ConfirmChannel, queue: string, envelope: Partial<Envelope>): Promise<void> {
    this.#published += 1;
    const correlationId = `${this.#published}`;
    const options = { persistent: true, mandatory: true, correlationId };
    return new Promise((resolve, reject) => {
      channel.publish('', queue, Buffer.from(seal(envelope)), options, (error) => {
        if (this.#returned.delete(correlationId)) reject(new Error(`there is no queue ${queue}`));
        else if (error) reject(error);
        else resolve();
      });
    });
  }
}
