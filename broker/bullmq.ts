import { once } from 'node:events';
import type { Queue } from 'bullmq';
import { Cluster, type Redis } from 'ioredis';
import { MINUTE, SECOND } from '#core/durations.ts';
import type { Message, QueueName } from '#core/messages.ts';
import { asBrokerAway, openConsuming, openProducing, type QueueClient } from './bullmq-connection.ts';
import { BullmqConsumer } from './bullmq-consumer.ts';
import { deadLettersOf, depthOf, discardFrom, openQueue, redriveAll } from './bullmq-queues.ts';
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
import { tooLate, within } from './within.ts';

/** Each message is one Lua call of some 40 µs, so a batch holds Redis's replies back for about 40 ms. */
const PUBLISH_BATCH = 1_000;
const ANSWER_MS = SECOND;

/** Opens the broker on a Redis, or a cluster, with an append-only file and `noeviction`. It need not be there yet. */
export function openBullmq(options: { url: string } & Place): OwnBroker {
  return new BullmqBroker(options);
}

class BullmqBroker implements OwnBroker {
  readonly #url: string;
  /** In braces: one hash tag for all keys, so that BullMQ's scripts run on a Redis Cluster. */
  readonly #prefix: string;
  readonly #producer: QueueClient;
  readonly #queues = new Map<QueueName, Queue>();
  #consumers: BullmqConsumer[] = [];
  #patient: QueueClient | undefined;
  #closing: Promise<void> | undefined;

  constructor({ url, prefix }: { url: string } & Place) {
    this.#url = url;
    this.#prefix = `{${prefix}}`;
    this.#producer = openProducing(url);
  }

  publish(name: QueueName, messages: Message[]): Promise<void> {
    return this.#ask(name, async (queue) => {
      for (let at = 0; at < messages.length; at += PUBLISH_BATCH) {
        const jobs = messages.slice(at, at + PUBLISH_BATCH).map((message) => toJob(name, message));
        // Both are sent together: this takes one round trip, unless one of the jobs would vanish.
        const [ignored] = await Promise.all([this.#ignoredAmong(queue, jobs), queue.addBulk(jobs)]);
        if (ignored.length > 0) await addAgain(queue, ignored);
      }
    });
  }

  consume(name: QueueName, handler: Handler, options: ConsumeOptions): Consumer {
    this.#patient ??= openConsuming(this.#url);
    const consumer = new BullmqConsumer(name, handler, {
      ...options,
      redis: this.#patient,
      prefix: this.#prefix,
    });
    this.#consumers = [...this.#consumers.filter(({ isStopped }) => !isStopped), consumer];
    return consumer;
  }

  depth(name: QueueName): Promise<Depth> {
    return this.#ask(name, depthOf);
  }

  deadLetters(name: QueueName, limit: number): Promise<DeadLettered[]> {
    return this.#ask(name, (queue) => deadLettersOf(queue, limit));
  }

  redrive(name: QueueName): Promise<number> {
    return this.#ask(name, redriveAll);
  }

  discard(name: QueueName, isMeant: (letter: DeadLettered) => boolean): Promise<number> {
    return this.#ask(name, (queue) => discardFrom(queue, isMeant));
  }

  /** Of the server, or of the fullest master. */
  async memory(): Promise<Memory> {
    const asking = this.#ready().then(() => Promise.all(this.#servers.map((each) => each.info('memory'))));
    const texts = await within(ANSWER_MS, asking, late).catch(asBrokerAway);
    const bytes = (info: string, name: string) => Number(info.match(`\n${name}:(\\d+)`)?.[1] ?? 0);
    const all = texts.map((info) => ({ used: bytes(info, 'used_memory'), max: bytes(info, 'maxmemory') }));
    return all.reduce((fullest, each) => (each.used > fullest.used ? each : fullest));
  }

  get #servers(): Redis[] {
    return this.#producer instanceof Cluster ? this.#producer.nodes('master') : [this.#producer];
  }

  async ping(): Promise<void> {
    const answer = this.#ready().then(() => this.#producer.exists(`${this.#prefix}:any`)); // its own master answers
    await within(ANSWER_MS, answer, late).catch(asBrokerAway);
  }

  async remove(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop(0)));
    await this.#ready().catch(asBrokerAway);
    for (const server of this.#servers)
      for await (const keys of server.scanStream({ match: `${this.#prefix}:*`, count: 1_000 }))
        if (keys.length > 0) await this.#producer.unlink(keys);
  }

  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop(deadlineMs)));
    await this.#producer.quit().catch(() => {});
    this.#producer.disconnect();
    this.#patient?.disconnect();
  }

  /** Asks a queue. After any failure the outcome is unknown. */
  async #ask<T>(name: QueueName, question: (queue: Queue) => Promise<T>): Promise<T> {
    try {
      await this.#ready();
      return await question(await this.#queue(name));
    } catch (error) {
      return asBrokerAway(error);
    }
  }

  /** Without this, BullMQ would wait for the connection for ever, and then do what its caller gave up long ago. */
  async #ready(): Promise<void> {
    if (this.#producer.status === 'ready') return;
    if (this.#closing) throw new Error('this connection is closed');
    await once(this.#producer, 'ready', { signal: AbortSignal.timeout(ANSWER_MS) });
  }

  /** A queue whose first connection failed half-way stays unusable, so the next call makes a new one. */
  async #queue(name: QueueName): Promise<Queue> {
    const queue =
      this.#queues.get(name) ?? openQueue(name, { connection: this.#producer, prefix: this.#prefix });
    this.#queues.set(name, queue);
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (error) {
      this.#queues.delete(name);
      throw error;
    }
  }

  /**
   * BullMQ ignores a job whose id exists. A dead letter keeps its id, so a later message of that key would vanish. And BullMQ
   * takes the time from its clients: a worker whose clock is ahead by an hour puts off by an hour what it tries again.
   */
  async #ignoredAmong(queue: Queue, jobs: PublishedJob[]): Promise<PublishedJob[]> {
    const ids = jobs.map((job) => job.opts.jobId);
    const [died, dueAt] = await Promise.all([
      this.#producer.zmscore(queue.toKey('failed'), ids),
      this.#producer.zmscore(queue.toKey('delayed'), ids),
    ]);
    const latest = (Date.now() + LONGEST_DELAY) * PER_MS;
    return jobs.filter((_, index) => died[index] !== null || Number(dueAt[index] ?? 0) > latest);
  }
}

/** Whoever publishes a message again that waits for longer than this knows better: it is due by the ledger. */
const LONGEST_DELAY = 5 * MINUTE;
/** BullMQ's scores of delayed jobs: the time in ms, times this. */
const PER_MS = 0x1000;

const late = () => tooLate('answer', ANSWER_MS);

type PublishedJob = ReturnType<typeof toJob>;

const toJob = (name: QueueName, { key, body, headers }: Message) => ({
  name,
  data: body,
  opts: { jobId: jobId(key), ...(headers && { telemetry: { metadata: JSON.stringify(headers) } }) },
});

async function addAgain(queue: Queue, ignored: PublishedJob[]): Promise<void> {
  await Promise.all(ignored.map((job) => queue.remove(job.opts.jobId)));
  await queue.addBulk(ignored);
}

/** BullMQ refuses ids that are integers or hold `:`. */
const jobId = (key: string): string => `m-${encodeURIComponent(key)}`;
