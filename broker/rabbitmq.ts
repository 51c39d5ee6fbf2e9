import type { Channel, ChannelModel, ConfirmChannel, GetMessage } from 'amqplib';
import { SECOND } from '#core/durations.ts';
import type { Message, QueueName } from '#core/messages.ts';
import { type Envelope, seal, unseal } from './envelope.ts';
import type { Depth, Handler, Memory, OwnBroker, Place } from './port.ts';
import { BrokerAway, type ConsumeOptions, type Consumer, type DeadLettered } from './port.ts';
import { connectRecovering, explain } from './rabbitmq-connection.ts';
import { RabbitmqConsumer } from './rabbitmq-consumer.ts';
import { amqpQueue, deadQueue, declare, delayFor, delayQueue, queuesOf } from './rabbitmq-queues.ts';
import { settledWithin, within } from './within.ts';

/** Confirms of one batch are awaited together: 43,000 to 60,000 messages a second, against 2,000 one by one. */
const PUBLISH_BATCH = 1_000;
const ANSWER_MS = SECOND;
/** For a connection with its queues declared: some 30 round trips, over a second on a machine at ten times its load. */
const CONNECT_MS = 2 * SECOND;
/** A quorum queue confirms after its write to disk. */
const CONFIRM_MS = 2 * SECOND;

/** Opens the broker on RabbitMQ 4. It need not be reachable yet. */
export function openRabbitmq(options: { url: string } & Place): OwnBroker {
  return new RabbitmqBroker(options);
}

/** One connection with its channels; recovery makes a new one after every loss. */
type Link = { model: ChannelModel; publisher: ConfirmChannel; admin: Channel };

class RabbitmqBroker implements OwnBroker {
  readonly #url: string;
  readonly #place: Place;
  readonly #connection: ReturnType<typeof connectRecovering>;
  #consumers: { name: QueueName; consumer: RabbitmqConsumer }[] = [];
  readonly #returned = new Set<string>();
  #link = awaited<Link>();
  #model: ChannelModel | undefined;
  #published = 0;
  #closing: Promise<void> | undefined;

  constructor({ url, ...place }: { url: string } & Place) {
    this.#url = url;
    this.#place = place;
    this.#connection = connectRecovering(url, (model) => this.#setUp(model));
    void this.#connection.then((connection) => {
      connection.on('error', () => {});
      connection.on('connect-failed', (error) => this.#unlink(error));
      connection.on('disconnect', (error) => this.#unlink(error));
    });
  }

  publish(name: QueueName, messages: Message[]): Promise<void> {
    return this.#ask(async (link) => {
      for (let at = 0; at < messages.length; at += PUBLISH_BATCH) {
        const batch = messages.slice(at, at + PUBLISH_BATCH);
        const sent = batch.map(({ body }) => this.#send(link, this.#queue(name), { body }));
        await confirmed(Promise.all(sent));
      }
    });
  }

  consume(name: QueueName, handler: Handler, { concurrency }: ConsumeOptions): Consumer {
    const queue = this.#queue(name);
    const consumer = new RabbitmqConsumer({
      queue,
      handler,
      concurrency,
      delay: (copy) => {
        const tier = delayQueue(queue, delayFor(copy.due - Date.now()));
        return this.#ask((link) => confirmed(this.#send(link, tier, copy)));
      },
      bury: (copy) => this.#ask((link) => confirmed(this.#send(link, deadQueue(queue), copy))),
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
      const [ready = 0, dead = 0, ...delayed] = await answered(
        Promise.all(queuesOf(this.#queue(name)).map(count)),
      );
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
      // Closing the channel puts back what it looked at.
      const channel = await openChannel(model);
      const dead: DeadLettered[] = [];
      for await (const message of allOf(channel, deadQueue(this.#queue(name))))
        dead.push(toDeadLettered(message));
      await answered(channel.close());
      return dead.sort((a, b) => b.at.getTime() - a.at.getTime()).slice(0, limit);
    });
  }

  redrive(name: QueueName): Promise<number> {
    return this.#ask(async (link) => {
      const channel = await openChannel(link.model);
      let count = 0;
      for await (const message of allOf(channel, deadQueue(this.#queue(name)))) {
        const { body } = unseal(message.content.toString());
        await confirmed(this.#send(link, this.#queue(name), { body }));
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
      for await (const message of allOf(channel, deadQueue(this.#queue(name)))) {
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
    const connection = await this.#connection;
    await settledWithin(ANSWER_MS, connection.close());
    this.#unlink(new Error('this connection is closed'));
  }

  #queue(name: QueueName): string {
    return amqpQueue(name, this.#place.prefix);
  }

  async #ask<T>(question: (link: Link) => Promise<T>, patienceMs = CONNECT_MS): Promise<T> {
    try {
      if (this.#closing && !this.#model) throw new Error('this connection is closed');
      return await question(
        await within(patienceMs, this.#link.promise, () => tooLate('connection', patienceMs)),
      );
    } catch (cause) {
      throw new BrokerAway(explain(cause, this.#url), { cause });
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
    model.on('error', () => {});
    const admin = await openChannel(model);
    for (const name of this.#place.queues) await declare(admin, this.#queue(name));
    const publisher = await model.createConfirmChannel();
    publisher.on('return', ({ properties }) => this.#returned.add(properties.correlationId));
    for (const channel of [admin, publisher]) {
      channel.on('error', () => {});
      // Recovery looks after connections only: a channel that broke takes its connection along.
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
