import type { Channel, ChannelModel, ConfirmChannel, GetMessage } from 'amqplib';
import type { Message, QueueName } from '#core/messages.ts';
import { QUEUES } from '#core/messages.ts';
import { type Envelope, seal, unseal } from './envelope.ts';
import type { Depth, Handler, Memory } from './port.ts';
import { type Broker, BrokerAway, type ConsumeOptions, type Consumer, type DeadLettered } from './port.ts';
import { explain, KeptConnection } from './rabbitmq-connection.ts';
import { RabbitmqConsumer } from './rabbitmq-consumer.ts';
import { amqpQueue, DELAYS_MS, deadQueue, declare, delayFor, delayQueue } from './rabbitmq-queues.ts';
import { within } from './within.ts';

/** Confirms of one batch are awaited together: 43,000 to 60,000 messages a second, against 2,000 one by one. */
const PUBLISH_BATCH = 1_000;
const ANSWER_MS = 1_000;
/** For a connection with its queues declared: some 30 round trips, over a second on a machine at ten times its load. */
const CONNECT_MS = 2_000;
/** A quorum queue confirms after its write to disk. */
const CONFIRM_MS = 2_000;

/** Opens the broker on RabbitMQ 4: one server, or the nodes of a cluster. None need be reachable yet. */
export function openRabbitmq(options: { urls: string[]; random?: () => number }): Broker {
  return new RabbitmqBroker(options);
}

/** One connection with its channels; after every loss there is a new one. */
type Link = { model: ChannelModel; publisher: ConfirmChannel; admin: Channel };

class RabbitmqBroker implements Broker {
  readonly #connection: KeptConnection;
  #consumers: { name: QueueName; consumer: RabbitmqConsumer }[] = [];
  readonly #returned = new Set<string>();
  #link = awaited<Link>();
  #model: ChannelModel | undefined;
  #published = 0;
  #closing: Promise<void> | undefined;

  constructor({ urls, random }: { urls: string[]; random?: () => number }) {
    this.#connection = new KeptConnection({
      ...{ urls, random },
      setUp: (model) => this.#setUp(model),
      lost: (cause, url) => this.#unlink(new BrokerAway(explain(cause, url), { cause })),
    });
  }

  publish(name: QueueName, messages: Message[]): Promise<void> {
    return this.#ask(async (link) => {
      for (let at = 0; at < messages.length; at += PUBLISH_BATCH) {
        const batch = messages.slice(at, at + PUBLISH_BATCH);
        const sent = batch.map(({ body }) => this.#send(link, amqpQueue(name), { body }));
        await confirmed(Promise.all(sent));
      }
    });
  }

  consume(name: QueueName, handler: Handler, { concurrency }: ConsumeOptions): Consumer {
    const consumer = new RabbitmqConsumer({
      queue: amqpQueue(name),
      handler,
      concurrency,
      delay: (copy) => {
        const queue = delayQueue(name, delayFor(copy.due - Date.now()));
        return this.#ask((link) => confirmed(this.#send(link, queue, copy)));
      },
      bury: (copy) => this.#ask((link) => confirmed(this.#send(link, deadQueue(name), copy))),
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
    return this.#ask(async (link) => {
      const channel = await openChannel(link.model);
      let count = 0;
      for await (const message of allOf(channel, deadQueue(name))) {
        const { body } = unseal(message.content.toString());
        await confirmed(this.#send(link, amqpQueue(name), { body }));
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
    await this.#connection.close();
    this.#unlink(new Error('this connection is closed'));
  }

  async #ask<T>(question: (link: Link) => Promise<T>, patienceMs = CONNECT_MS): Promise<T> {
    try {
      if (this.#closing && !this.#model) throw new Error('this connection is closed');
      return await question(
        await within(patienceMs, this.#link.promise, () => tooLate('connection', patienceMs)),
      );
    } catch (cause) {
      if (cause instanceof BrokerAway) throw cause;
      throw new BrokerAway(explain(cause, this.#connection.url), { cause });
    }
  }

  /** RabbitMQ confirms what it could not route and dropped: only `mandatory` and its return tell. */
  #send(link: Link, queue: string, envelope: Partial<Envelope>): Promise<void> {
    this.#published += 1;
    const correlationId = `${this.#published}`;
    const options = { persistent: true, mandatory: true, correlationId };
    return new Promise((resolve, reject) => {
      link.publisher.publish('', queue, Buffer.from(seal(envelope)), options, (error) => {
        if (this.#returned.delete(correlationId)) reject(new Error(`there is no queue ${queue}`));
        else if (error) reject(error);
        else resolve();
      });
    });
  }

  async #setUp(model: ChannelModel): Promise<void> {
    const admin = await openChannel(model);
    for (const name of QUEUES) await declare(admin, name);
    const publisher = await model.createConfirmChannel();
    publisher.on('return', ({ properties }) => this.#returned.add(properties.correlationId));
    for (const channel of [admin, publisher]) {
      channel.on('error', () => {});
      // A channel that broke takes its connection along: the next one has all of them again.
      channel.on('close', () => void model.close().catch(() => {}));
    }
    this.#model = model;
    for (const { consumer } of this.#consumers) await consumer.attach(model);
    this.#link.resolve({ model, publisher, admin });
  }

  #unlink(error: Error): void {
    this.#model = undefined;
    this.#returned.clear();
    this.#link.reject(error);
    this.#link = awaited<Link>();
    if (this.#closing) this.#link.reject(error);
  }
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

/** A server that is short of memory or disk, or whose queue lost its majority, simply does not confirm. */
const confirmed = <T>(sent: Promise<T>): Promise<T> =>
  within(CONFIRM_MS, sent, () => tooLate('confirm', CONFIRM_MS));

/** On a dead link a server is silent until two heartbeats are missed. */
const answered = <T>(asked: PromiseLike<T>): Promise<T> =>
  within(ANSWER_MS, Promise.resolve(asked), () => tooLate('answer', ANSWER_MS));

const tooLate = (what: string, ms: number) => new Error(`no ${what} within ${ms} ms`);
