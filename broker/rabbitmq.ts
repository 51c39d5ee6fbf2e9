import type { Channel, ChannelModel, GetMessage } from 'amqplib';
import type { Message, QueueName } from '#core/messages.ts';
import { QUEUES } from '#core/messages.ts';
import { type Envelope, unseal } from './envelope.ts';
import type { Broker, ConsumeOptions, Consumer, DeadLettered, Depth, Handler, Memory } from './port.ts';
import { RabbitmqConsumer } from './rabbitmq-consumer.ts';
import { KeptLink } from './rabbitmq-link.ts';
import { RabbitmqPublisher } from './rabbitmq-publisher.ts';
import { amqpQueue, DELAYS_MS, deadQueue, declare, delayFor, delayQueue } from './rabbitmq-queues.ts';
import { within } from './within.ts';

/** Confirms of one batch are awaited together: 43,000 to 60,000 messages a second, against 2,000 one by one. */
const PUBLISH_BATCH = 1_000;
const ANSWER_MS = 1_000;
/** For a connection with its queues declared: some 30 round trips, over a second on a machine at ten times its load. */
const CONNECT_MS = 2_000;

/** Opens the broker on RabbitMQ 4: one server, or the nodes of a cluster. None need be reachable yet. */
export function openRabbitmq(options: { urls: string[]; random?: () => number }): Broker {
  return new RabbitmqBroker(options);
}

/** What is asked and taken: everything but publishing. */
type Taking = { model: ChannelModel; admin: Channel };

class RabbitmqBroker implements Broker {
  readonly #publishing: KeptLink<RabbitmqPublisher>;
  readonly #taking: KeptLink<Taking>;
  #consumers: { name: QueueName; consumer: RabbitmqConsumer }[] = [];
  #model: ChannelModel | undefined;
  #closing: Promise<void> | undefined;

  constructor(nodes: { urls: string[]; random?: () => number }) {
    this.#publishing = new KeptLink(nodes, async (model) => {
      await declareAll(model);
      const publisher = await RabbitmqPublisher.open(model);
      takeAlong(model, publisher.channel);
      return publisher;
    });
    this.#taking = new KeptLink(nodes, (model) => this.#setUp(model));
  }

  publish(name: QueueName, messages: Message[]): Promise<void> {
    return this.#publishing.ask(async (publisher) => {
      for (let at = 0; at < messages.length; at += PUBLISH_BATCH) {
        const batch = messages.slice(at, at + PUBLISH_BATCH);
        await publisher.send(
          amqpQueue(name),
          batch.map(({ body }) => ({ body })),
        );
      }
    }, CONNECT_MS);
  }

  consume(name: QueueName, handler: Handler, { concurrency }: ConsumeOptions): Consumer {
    const consumer = new RabbitmqConsumer({
      queue: amqpQueue(name),
      handler,
      concurrency,
      delay: (copy) => this.#put(delayQueue(name, delayFor(copy.due - Date.now())), copy),
      bury: (copy) => this.#put(deadQueue(name), copy),
    });
    const others = this.#consumers.filter((entry) => !entry.consumer.isStopped);
    this.#consumers = [...others, { name, consumer }];
    if (this.#model) void consumer.attach(this.#model).catch(() => {});
    return consumer;
  }

  /** AMQP counts what is ready in a queue and never what is in flight: that is known of this process alone. */
  depth(name: QueueName): Promise<Depth> {
    return this.#ask(async ({ admin }) => {
      const count = async (queue: string) => (await admin.checkQueue(queue)).messageCount;
      const queues = [amqpQueue(name), ...DELAYS_MS.map((delay) => delayQueue(name, delay))];
      const [dead, ...waiting] = await answered(Promise.all([deadQueue(name), ...queues].map(count)));
      const own = this.#consumers.filter((entry) => entry.name === name);
      return {
        waiting: waiting.reduce((sum, messages) => sum + messages, 0),
        inFlight: own.reduce((sum, { consumer }) => sum + consumer.inFlight, 0),
        dead: dead ?? 0,
      };
    });
  }

  deadLetters(name: QueueName, limit: number): Promise<DeadLettered[]> {
    return this.#ask(async ({ model }) => {
      // Closing the channel puts back what it looked at.
      const channel = await openChannel(model);
      const dead: DeadLettered[] = [];
      for await (const message of allOf(channel, deadQueue(name))) dead.push(toDeadLettered(message));
      await answered(channel.close());
      return dead.sort((a, b) => b.at.getTime() - a.at.getTime()).slice(0, limit);
    });
  }

  redrive(name: QueueName): Promise<number> {
    return this.#ask(async ({ model }) => {
      const channel = await openChannel(model);
      let count = 0;
      for await (const message of allOf(channel, deadQueue(name))) {
        const { body } = unseal(message.content.toString());
        await this.#put(amqpQueue(name), { body });
        channel.ack(message);
        count += 1;
      }
      await answered(channel.close());
      return count;
    });
  }

  discard(name: QueueName, isMeant: (letter: DeadLettered) => boolean): Promise<number> {
    return this.#ask(async ({ model }) => {
      // Closing the channel puts back what is not meant.
      const channel = await openChannel(model);
      let count = 0;
      for await (const message of allOf(channel, deadQueue(name))) {
        if (!isMeant(toDeadLettered(message))) continue;
        channel.ack(message);
        count += 1;
      }
      await answered(channel.close());
      return count;
    });
  }

  /** Null: RabbitMQ blocks publishers by itself long before its memory is full. They notice by a missing confirm. */
  async memory(): Promise<Memory | null> {
    return null;
  }

  ping(): Promise<void> {
    return this.#ask(async ({ admin }) => {
      await answered(admin.checkExchange('amq.direct'));
    }, ANSWER_MS);
  }

  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    await Promise.all(this.#consumers.map(({ consumer }) => consumer.stop(deadlineMs)));
    await Promise.all([this.#publishing.close(), this.#taking.close()]);
  }

  #ask<T>(question: (taking: Taking) => Promise<T>, patienceMs = CONNECT_MS): Promise<T> {
    return this.#taking.ask(question, patienceMs);
  }

  #put(queue: string, envelope: Partial<Envelope>): Promise<void> {
    return this.#publishing.ask((publisher) => publisher.send(queue, [envelope]), CONNECT_MS);
  }

  async #setUp(model: ChannelModel): Promise<Taking> {
    const admin = await declareAll(model);
    this.#model = model;
    for (const { consumer } of this.#consumers) await consumer.attach(model);
    return { model, admin };
  }
}

/** Makes the queues, and resolves with the channel that it did so on. */
async function declareAll(model: ChannelModel): Promise<Channel> {
  const channel = await openChannel(model);
  for (const name of QUEUES) await declare(channel, name);
  takeAlong(model, channel);
  return channel;
}

/** A channel that broke takes its connection along: the next one has all of them again. */
function takeAlong(model: ChannelModel, channel: Channel): void {
  channel.on('error', () => {});
  channel.on('close', () => void model.close().catch(() => {}));
}

async function openChannel(model: ChannelModel): Promise<Channel> {
  const channel = await answered(model.createChannel());
  channel.on('error', () => {});
  return channel;
}

/** Every message that was in the queue at the start, unacknowledged. */
async function* allOf(channel: Channel, queue: string): AsyncGenerator<GetMessage> {
  const { messageCount } = await answered(channel.checkQueue(queue));
  for (let seen = 0; seen < messageCount; seen += 1) {
    const message = await answered(channel.get(queue));
    if (!message) return;
    yield message;
  }
}

function toDeadLettered({ content }: GetMessage): DeadLettered {
  const { body, error, diedAt } = unseal(content.toString());
  return { body, error, at: new Date(diedAt) };
}

/** On a dead link a server is silent until two heartbeats are missed. */
const answered = <T>(asked: PromiseLike<T>): Promise<T> =>
  within(ANSWER_MS, Promise.resolve(asked), () => tooLate('answer', ANSWER_MS));

const tooLate = (what: string, ms: number) => new Error(`no ${what} within ${ms} ms`);
