import { once } from 'node:events';
import { type Job, Queue, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { Redis, type RedisOptions } from 'ioredis';
import type { Message, QueueName } from '#core/messages.ts';
import { backoffMs } from './backoff.ts';
import {
  type Broker,
  BrokerAway,
  type ConsumeOptions,
  type Consumer,
  DeadLetter,
  type DeadLettered,
  type Depth,
  type Handler,
  RetryLater,
} from './port.ts';
import { settledWithin, within } from './within.ts';

/** One hash tag for all keys, so that BullMQ's scripts run on a Redis Cluster. */
const PREFIX = '{tweet-fanout}';
/** Renewed every 1.3 to 2.5 s. Shorter, and a busy event loop loses it. */
const LEASE_MS = 5_000;
/**
 * Workers share one lock of this length on the check itself, so that a timer a millisecond early skips a turn: twice
 * this may pass. A killed worker's job is back after lease + 2 checks, 9 s; measured 5 to 7 s.
 */
const STALLED_CHECK_MS = 2_000;
/** One Lua call a message, some 40 µs each: a batch holds Redis's replies back for about 40 ms. */
const PUBLISH_BATCH = 1_000;
const ANSWER_MS = 1_000;
/** For handing unfinished messages back once the deadline of a stop has passed. */
const HAND_BACK_MS = 500;
const DEAD_LETTERS_KEPT = 10_000;
/** BullMQ stops at a number of attempts; the ledger is the one to give up. */
const NEVER = 2 ** 31;

/** Without the one field whose open choice would change the type of every reply. */
type ConnectOptions = Omit<RedisOptions, 'replyMapping'>;

const RECONNECT: ConnectOptions = {
  connectTimeout: 2_000,
  retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 5), 1_000),
};
/** Rejects at once while Redis is away, and within 2 s when it is there and silent. */
const FAIL_FAST: ConnectOptions = {
  ...RECONNECT,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 2_000,
  socketTimeout: 2_000,
};
/** A worker waits out any outage. */
const PATIENT: ConnectOptions = { ...RECONNECT, maxRetriesPerRequest: null };

/** Opens the broker on a Redis with an append-only file and `noeviction`. Redis need not be there yet. */
export function openBullmq(options: { url: string }): Broker {
  return new BullmqBroker(options.url);
}

class BullmqBroker implements Broker {
  readonly #url: string;
  readonly #producer: Redis;
  readonly #queues = new Map<QueueName, Queue>();
  readonly #consumers: BullmqConsumer[] = [];
  #patient: Redis | undefined;
  #closing: Promise<void> | undefined;

  constructor(url: string) {
    this.#url = url;
    this.#producer = connect(url, FAIL_FAST);
  }

  publish(name: QueueName, messages: Message[]): Promise<void> {
    return this.#ask(name, async (queue) => {
      for (let at = 0; at < messages.length; at += PUBLISH_BATCH) {
        const batch = messages.slice(at, at + PUBLISH_BATCH);
        await this.#forgetDead(queue, batch);
        await queue.addBulk(
          batch.map(({ key, body }) => ({ name, data: body, opts: { jobId: jobId(key) } })),
        );
      }
    });
  }

  consume(name: QueueName, handler: Handler, options: ConsumeOptions): Consumer {
    this.#patient ??= connect(this.#url, PATIENT);
    const consumer = new BullmqConsumer(name, handler, { ...options, redis: this.#patient });
    this.#consumers.push(consumer);
    return consumer;
  }

  depth(name: QueueName): Promise<Depth> {
    return this.#ask(name, async (queue) => {
      const counts = await queue.getJobCounts('wait', 'delayed', 'active', 'failed');
      const { wait = 0, delayed = 0, active = 0, failed = 0 } = counts;
      return { waiting: wait + delayed, inFlight: active, dead: failed };
    });
  }

  deadLetters(name: QueueName, limit: number): Promise<DeadLettered[]> {
    return this.#ask(name, async (queue) => {
      const jobs = limit > 0 ? await queue.getFailed(0, limit - 1) : [];
      return jobs.map((job) => ({
        body: job.data,
        error: job.failedReason ?? '',
        at: new Date(job.finishedOn ?? job.timestamp),
      }));
    });
  }

  redrive(name: QueueName): Promise<number> {
    return this.#ask(name, async (queue) => {
      const count = await queue.getFailedCount();
      await queue.retryJobs({ state: 'failed', count: PUBLISH_BATCH });
      return count;
    });
  }

  async ping(): Promise<void> {
    const late = () => new Error(`no answer within ${ANSWER_MS} ms`);
    const answer = this.#ready().then(() => this.#producer.ping());
    await within(ANSWER_MS, answer, late).catch(asBrokerAway);
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

  /** Asks a queue; whatever goes wrong there means that the outcome is not known. */
  async #ask<T>(name: QueueName, question: (queue: Queue) => Promise<T>): Promise<T> {
    try {
      await this.#ready();
      return await question(await this.#queue(name));
    } catch (error) {
      return asBrokerAway(error);
    }
  }

  /** BullMQ would wait for the connection without an end, and then do what its caller gave up long ago. */
  async #ready(): Promise<void> {
    if (this.#producer.status === 'ready') return;
    if (this.#closing) throw new Error('this connection is closed');
    await once(this.#producer, 'ready', { signal: AbortSignal.timeout(ANSWER_MS) });
  }

  /** A queue whose first connection failed half-way stays unusable for good: the next question makes a new one. */
  async #queue(name: QueueName): Promise<Queue> {
    const queue = this.#queues.get(name) ?? openQueue(name, this.#producer);
    this.#queues.set(name, queue);
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (error) {
      this.#queues.delete(name);
      throw error;
    }
  }

  /** A dead letter keeps its job, and BullMQ ignores an id that exists: a later message of that key would vanish. */
  async #forgetDead(queue: Queue, messages: Message[]): Promise<void> {
    const ids = messages.map(({ key }) => jobId(key));
    const died = await this.#producer.zmscore(queue.toKey('failed'), ids);
    const dead = ids.filter((_, index) => died[index] !== null);
    await Promise.all(dead.map((id) => queue.remove(id)));
  }
}

class BullmqConsumer implements Consumer {
  readonly #worker: LeasedWorker;
  readonly #handler: Handler;
  readonly #taken = new Map<string, Taken>();
  #stopping: Promise<void> | undefined;

  constructor(name: QueueName, handler: Handler, options: ConsumeOptions & { redis: Redis }) {
    this.#handler = handler;
    this.#worker = new LeasedWorker(name, (job, token) => this.#take(job, token), {
      connection: options.redis,
      prefix: PREFIX,
      concurrency: options.concurrency,
      lockDuration: LEASE_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: NEVER,
      // How long a worker sits out after a failed call; BullMQ's 15 s would follow every short outage.
      runRetryDelay: 500,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: DEAD_LETTERS_KEPT },
      settings: { backoffStrategy: (failures, _type, error) => delayOf(error, failures) },
      skipVersionCheck: true,
    });
    this.#worker.on('error', () => {});
    this.#worker.on('locksRenewed', ({ jobIds }) => {
      for (const id of jobIds) this.#taken.get(id)?.lease.refresh();
    });
    this.#worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.#taken.get(id)?.abort.abort(new Error('lease lost'));
    });
  }

  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs);
    return this.#stopping;
  }

  async #stop(deadlineMs: number): Promise<void> {
    const closed = this.#worker.close();
    if (await settledWithin(deadlineMs, closed)) return;
    for (const { abort } of this.#taken.values())
      abort.abort(new Error('the deadline of the stop has passed'));
    if (await settledWithin(HAND_BACK_MS, closed)) return;
    await this.#worker.abandon();
  }

  async #take(job: Job, token: string | undefined): Promise<void> {
    const { abort, lease } = this.#track(job.id ?? '');
    const { signal } = abort;
    const delivery = { body: job.data, redelivered: job.attemptsStarted > 1, signal };
    try {
      await Promise.race([this.#handler(delivery), aborted(signal)]);
    } catch (error) {
      if (!signal.aborted) throw error instanceof DeadLetter ? new UnrecoverableError(error.message) : error;
      // Not ours any more, or Redis is away: then the lease runs out by itself.
      await job.moveToWait(token).catch(() => {});
      throw new WaitingError();
    } finally {
      clearTimeout(lease);
      this.#taken.delete(job.id ?? '');
    }
  }

  /** Cut off from Redis, a worker is never told that its lease ran out: it keeps the time itself. */
  #track(id: string): Taken {
    const abort = new AbortController();
    const lease = setTimeout(() => abort.abort(new Error('lease not renewed')), LEASE_MS);
    const taken = { abort, lease };
    this.#taken.set(id, taken);
    return taken;
  }
}

type Taken = { abort: AbortController; lease: NodeJS.Timeout };

class LeasedWorker extends Worker {
  /** Leaves without Redis, for which `close` would wait: no timer and no socket stays behind. */
  async abandon(): Promise<void> {
    await this.lockManager.close();
    // Ends the loop that looks for stalled jobs.
    await this.pause(true);
    await settledWithin(HAND_BACK_MS, this.backend.close(true));
  }
}

function connect(url: string, options: ConnectOptions): Redis {
  const redis = new Redis(url, options);
  // Every command reports its own failure; the event would only end the process.
  redis.on('error', () => {});
  // As many callers as there are may wait for the connection.
  redis.setMaxListeners(0);
  return redis;
}

function openQueue(name: QueueName, connection: Redis): Queue {
  const queue = new Queue(name, {
    connection,
    prefix: PREFIX,
    skipVersionCheck: true,
    // Nobody reads the event stream; its default of 10,000 entries is 1 MB a queue.
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: { attempts: NEVER, backoff: { type: 'custom' }, stackTraceLimit: 1 },
  });
  queue.on('error', () => {});
  return queue;
}

const delayOf = (error: Error | undefined, failures: number): number =>
  error instanceof RetryLater ? Math.max(0, error.delayMs) : backoffMs(failures);

/** BullMQ refuses ids that are integers or hold `:`. */
const jobId = (key: string): string => `m-${encodeURIComponent(key)}`;

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });

function asBrokerAway(cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  throw new BrokerAway(`Redis (QUEUE_REDIS_URL) did not answer: ${reason}`, { cause });
}
