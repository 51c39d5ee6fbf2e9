import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { type Envelope, seal } from './envelope.ts';
import { within } from './within.ts';

/** A quorum queue confirms after its write to disk. */
const CONFIRM_MS = 2_000;

/**
 * Publishes on a connection of its own. A server that is short of memory or disk stops reading from every connection
 * that publishes. It would not read acknowledgements on that connection either, and these are what makes room.
 */
export class RabbitmqPublisher {
  readonly #returned = new Set<string>();
  #published = 0;
  /** Why the server takes nothing now; undefined while it does. */
  #blocked: string | undefined;

  private constructor(readonly channel: ConfirmChannel) {}

  static async open(model: ChannelModel): Promise<RabbitmqPublisher> {
    const channel = await model.createConfirmChannel();
    const publisher = new RabbitmqPublisher(channel);
    channel.on('return', ({ properties }) => publisher.#returned.add(properties.correlationId));
    model.on('blocked', (reason) => {
      publisher.#blocked = String(reason);
    });
    model.on('unblocked', () => {
      publisher.#blocked = undefined;
    });
    return publisher;
  }

  /** Resolves when the server holds all of them. Sends nothing to a server that does not read: it would pile up here. */
  async send(queue: string, envelopes: Partial<Envelope>[]): Promise<void> {
    if (this.#blocked !== undefined) throw new Error(`the server takes no messages now: ${this.#blocked}`);
    const sent = Promise.all(envelopes.map((envelope) => this.#send(queue, envelope)));
    await within(CONFIRM_MS, sent, () => new Error(`no confirm within ${CONFIRM_MS} ms`));
  }

  /** RabbitMQ confirms even a message that it could not route and dropped. `mandatory` makes it return such a one. */
  #send(queue: string, envelope: Partial<Envelope>): Promise<void> {
    this.#published += 1;
    const correlationId = `${this.#published}`;
    const options = { persistent: true, mandatory: true, correlationId };
    return new Promise((resolve, reject) => {
      this.channel.publish('', queue, Buffer.from(seal(envelope)), options, (error) => {
        if (this.#returned.delete(correlationId)) reject(new Error(`there is no queue ${queue}`));
        else if (error) reject(error);
        else resolve();
      });
    });
  }
}
