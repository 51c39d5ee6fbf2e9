import type { Channel, ChannelModel, GetMessage } from 'amqplib';
import { SECOND } from '#core/durations.ts';
import type { Message, QueueName } from '#core/messages.ts';
import { type Envelope, unseal } from './envelope.ts';
import type {
  ConsumeOptions,
  Consumer,
  DeadLettered,
  Depth,
  Handler,
  Memory,
  OwnBroker,
  Place,
} from './port.ts';
import { RabbitmqConsumer } from './rabbitmq-consumer.ts';
import { KeptLink } from './rabbitmq-link.ts';
import { RabbitmqPublisher } from './rabbitmq-publisher.ts';
import { amqpQueue, deadQueue, declare, delayFor, delayQueue, queuesOf } from './rabbitmq-queues.ts';
import { tooLate, within } from './within.ts';

/** The confirms of a batch are awaited together: that is 43,000 to 60,000 messages a second, and 2,000 one by one. */
const PUBLISH_BATCH = 1_000;
const ANSWER_MS = SECOND;
/** The time to connect and declare the queues: some 30 round trips, over a second on a machine at ten times its load. */
const CONNECT_MS = 2 * SECOND;

type Nodes = { urls: string[]; random?: () => number };

/** Opens the broker on RabbitMQ 4: one server, or the nodes of a cluster. None need be reachable yet. */
export function openRabbitmq(options: Nodes & Place): OwnBroker {
  return new RabbitmqBroker(options);
}

/** The connection for taking messages, with a channel for questions. Publishing has another connection. */
type Taking = { model: ChannelModel; admin: Channel };

class RabbitmqBroker implements OwnBroker {
  readonly #place: Place;
  readonly #publishing: KeptLink<RabbitmqPublisher>;
  readonly #taking: KeptLink<Taking>;
  #consumers: { name: QueueName; consumer: RabbitmqConsumer }[] = [];
  #model: ChannelModel | undefined;
  #closing: Promise<void> | undefined;

  constructor({ urls, random, ...place }: Nodes & Place) {
    this.#place = place;
    this.#publishing = new KeptLink({ urls, random }, async (model) => {
      await this.#declareAll(model);
      return RabbitmqPublisher.open(model);
    });
    this.#taking = new KeptLink({ urls, random }, (model) => this.#setUp(model));
  }

  publish(name: QueueName, messages: Message[]): Promise<void> {
    return this.#publishing.ask(async (publisher) => {
      for (let at = 0; at < messages.length; at += PUBLISH_BATCH) {
        const batch = messages.slice(at, at + PUBLISH_BATCH);
        await publisher.send(
          this.#queue(name),
          batch.map(({ body, headers }) => ({ body, headers })),
        );
      }
    }, CONNECT_MS);
  }

  consume(name: QueueName, handler: Handler, { concurrency }: ConsumeOptions): Consumer {
    const queue = this.#queue(name);
    const consumer = new RabbitmqConsumer({
      queue,
      handler,
      concurrency,
      ready: () => this.#ask(({ admin }) => answered(readyIn(admin, queue))),
      delay: (copy) => this.#put(delayQueue(queue, delayFor(copy.due - Date.now())), copy),
      bury: (copy) => this.#put(deadQueue(queue), copy),
    });
    const others = this.#consumers.filter((entry) => !entry.consumer.isStopped);
    this.#consumers = [...others, { name, consumer }];
    if (this.#model) void consumer.attach(this.#model).catch(() => {});
    return consumer;
  }

  /** AMQP counts what is ready in a queue, and never what is in flight. That is known only for this process. */
  depth(name: QueueName): Promise<Depth> {
    return this.#ask(async ({ admin }) => {
      const counts = queuesOf(this.#queue(name)).map((queue) => readyIn(admin, queue));
      const [ready = 0, dead = 0, ...delayed] = await answered(Promise.all(counts));
      const own = this.#consumers.filter((entry) => entry.name === name);
      return {
        waiting: delayed.reduce((sum, messages) => sum + messages, ready),
        inFlight: own.reduce((sum, { consumer }) => sum + consumer.inFlight, 0),
        dead,
      };
    });
  }

  deadLetters(name: QueueName, limit: number): Promise<DeadLettered[]> {
    return this.#ask(async ({ model }) => {
      const dead: DeadLettered[] = [];
      for await (const { message } of allOf(model, deadQueue(this.#queue(name))))
        dead.push(toDeadLettered(message));
      return dead.sort((a, b) => b.at.getTime() - a.at.getTime()).slice(0, limit);
    });
  }

  redrive(name: QueueName): Promise<number> {
    return this.#ask(async ({ model }) => {
      let count = 0;
      for await (const { message, acknowledge } of allOf(model, deadQueue(this.#queue(name)))) {
        const { body, headers } = unseal(message.content.toString());
        await this.#put(this.#queue(name), { body, headers });
        acknowledge();
        count += 1;
      }
      return count;
    });
  }

  discard(name: QueueName, isMeant: (letter: DeadLettered) => boolean): Promise<number> {
    return this.#ask(async ({ model }) => {
      let count = 0;
      for await (const { message, acknowledge } of allOf(model, deadQueue(this.#queue(name)))) {
        if (!isMeant(toDeadLettered(message))) continue;
        acknowledge();
        count += 1;
      }
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

  async remove(): Promise<void> {
    await Promise.all(this.#consumers.map(({ consumer }) => consumer.stop(0)));
    const all = this.#place.queues.flatMap((name) => queuesOf(this.#queue(name)));
    await this.#ask(async ({ admin }) => {
      for (const queue of all) await answered(admin.deleteQueue(queue));
    });
  }

  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    await Promise.all(this.#consumers.map(({ consumer }) => consumer.stop(deadlineMs)));
    await Promise.all([this.#publishing.close(), this.#taking.close()]);
  }

  #queue(name: QueueName): string {
    return amqpQueue(name, this.#place.prefix);
  }

  #ask<T>(question: (taking: Taking) => Promise<T>, patienceMs = CONNECT_MS): Promise<T> {
    return this.#taking.ask(question, patienceMs);
  }

  #put(queue: string, envelope: Partial<Envelope>): Promise<void> {
    return this.#publishing.ask((publisher) => publisher.send(queue, [envelope]), CONNECT_MS);
  }

  async #setUp(model: ChannelModel): Promise<Taking> {
    const admin = await this.#declareAll(model);
    this.#model = model;
    for (const { consumer } of this.#consumers) await consumer.attach(model);
    return { model, admin };
  }

  /** Makes the queues, and resolves with the channel that it did so on. */
  async #declareAll(model: ChannelModel): Promise<Channel> {
    const channel = await openChannel(model);
    for (const name of this.#place.queues) await declare(channel, this.#queue(name));
    takeAlong(model, channel);
    return channel;
  }
}

/** How many messages wait to be handed out. */
const readyIn = async (channel: Channel, queue: string): Promise<number> =>
  (await channel.checkQueue(queue)).messageCount;

/** Closes the connection when this channel breaks: the next connection opens all channels again. */
function takeAlong(model: ChannelModel, channel: Channel): void {
  channel.on('error', () => {});
  channel.on('close', () => void model.close().catch(() => {}));
}

async function openChannel(model: ChannelModel): Promise<Channel> {
  const channel = await answered(model.createChannel());
  channel.on('error', () => {});
  return channel;
}

type Looked = { message: GetMessage; acknowledge(): void };

/** Every message that was in the queue at the start. What is not acknowledged goes back at the end, also after an error. */
async function* allOf(model: ChannelModel, queue: string): AsyncGenerator<Looked> {
  const channel = await openChannel(model);
  try {
    const { messageCount } = await answered(channel.checkQueue(queue));
    for (let seen = 0; seen < messageCount; seen += 1) {
      const message = await answered(channel.get(queue));
      if (!message) return;
      yield { message, acknowledge: () => channel.ack(message) };
    }
  } finally {
    await answered(channel.close());
  }
}

function toDeadLettered({ content }: GetMessage): DeadLettered {
  const { body, error, diedAt } = unseal(content.toString());
  return { body, error, at: new Date(diedAt) };
}

/** Sets a deadline: a dead link is noticed only after two missed heartbeats. */
const answered = <T>(asked: PromiseLike<T>): Promise<T> =>
  within(ANSWER_MS, Promise.resolve(asked), () => tooLate('answer', ANSWER_MS));
