import { setTimeout as sleep } from 'node:timers/promises';
import type { Message as Received } from '@aws-sdk/client-sqs';
import { type Envelope, unseal } from './envelope.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { Consumer, Handler } from './port.ts';
import { Acknowledgements } from './sqs-acknowledgements.ts';
import { LEASE_S, type SqsQueues } from './sqs-queues.ts';
import { settledWithin } from './within.ts';

/**
 * An aborted call would still take the next message and hide it for a lease. A stop therefore waits for the call to
 * end, which takes this long at most. An idle consumer costs 30 calls a minute.
 */
const LONG_POLL_S = 2;
/** Handled messages that may wait for their deletion; with more, the consumer deletes before it takes new ones. */
const UNDELETED = 20;
const HAND_BACK_MS = 500;
const OUTAGE_PAUSE_MS = 500;

type Options = {
  queues: Promise<SqsQueues>;
  name: string;
  handler: Handler;
  concurrency: number;
  /** Resolves when a copy waits for its time; the original is deleted only then. */
  delay(copy: Partial<Envelope> & { due: number }): Promise<void>;
  /** Resolves when a copy lies among the dead letters. */
  bury(copy: Partial<Envelope>): Promise<void>;
};

type Taken = { handle: string; abort: AbortController; done: Promise<void> };

/**
 * A rolling pool: every handler that finishes makes room for the next message at once. None waits for the end of a
 * batch, or for the deletion of its message.
 */
export class SqsConsumer implements Consumer {
  readonly #options: Options;
  readonly #taken = new Set<Taken>();
  readonly #busy = new Set<Promise<unknown>>();
  readonly #stopped = new AbortController();
  readonly #deadline = new AbortController();
  readonly #acknowledgements: Acknowledgements;
  readonly #running: Promise<void>;
  #concurrency: number;
  #stopping: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: Options) {
    this.#options = options;
    this.#concurrency = options.concurrency;
    this.#acknowledgements = new Acknowledgements(async (handles) =>
      (await options.queues).delete(options.name, handles),
    );
    this.#running = this.#run();
  }

  resize(concurrency: number): void {
    this.#concurrency = concurrency;
  }

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
    this.#stopped.abort();
    const finished = this.#running.then(() => Promise.all([...this.#taken].map(({ done }) => done)));
    if (await settledWithin(deadlineMs, finished)) return;
    this.#deadline.abort();
    const left = [...this.#taken];
    for (const { abort } of left) abort.abort(new Error('the deadline of the stop has passed'));
    const queues = await this.#options.queues;
    const back = left.map(({ handle }) => queues.keep(this.#options.name, handle, 0));
    await settledWithin(HAND_BACK_MS, Promise.allSettled(back));
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await this.#runOnce().catch(() => sleep(OUTAGE_PAUSE_MS, undefined, { signal }).catch(() => {}));
    }
  }

  /** Fills the free places, or waits for one. */
  async #runOnce(): Promise<void> {
    const { name } = this.#options;
    const queues = await this.#options.queues;
    const undeleted = this.#taken.size - this.#busy.size;
    if (undeleted >= UNDELETED) return Promise.race([...this.#taken].map(({ done }) => done));
    const free = this.#concurrency - this.#busy.size;
    if (free <= 0) return void (await Promise.race(this.#busy));
    const want = { count: free, waitSeconds: LONG_POLL_S };
    const messages = await queues.receive(name, want, this.#deadline.signal);
    if (this.#stopped.signal.aborted) await queues.giveBack(name, messages);
    else for (const message of messages) this.#take(queues, message);
  }

  #take(queues: SqsQueues, message: Received): void {
    const abort = new AbortController();
    const taken = { handle: message.ReceiptHandle ?? '', abort, done: Promise.resolve() };
    this.#taken.add(taken);
    const stopRenewing = this.#renew(queues, taken);
    const left = new Promise<void>((resolve) => abort.signal.addEventListener('abort', () => resolve()));
    const outcome = this.#handle(message, abort.signal);
    this.#occupy(Promise.race([outcome, left]));
    const settled = outcome.then((found) => this.#settle(taken, found));
    taken.done = Promise.race([settled, left]).finally(() => {
      stopRenewing();
      this.#taken.delete(taken);
    });
  }

  /** Takes a place until this work ends. The work must not reject. */
  #occupy(work: Promise<unknown>): void {
    const place: Promise<unknown> = work.then(() => this.#busy.delete(place));
    this.#busy.add(place);
  }

  #handle({ Body = '', Attributes }: Received, signal: AbortSignal): Promise<Outcome> {
    const redelivered = Number(Attributes?.ApproximateReceiveCount ?? 1) > 1;
    return outcomeOf(this.#options.handler, unseal(Body), { redelivered, signal });
  }

  /** Never rejects: a message that could not be finished comes again when its lease runs out. */
  async #settle({ handle, abort }: Taken, outcome: Outcome): Promise<void> {
    if (abort.signal.aborted) return;
    try {
      if (outcome.kind === 'later') await this.#options.delay(outcome.copy);
      if (outcome.kind === 'dead') await this.#options.bury(outcome.copy);
      await this.#acknowledgements.add(handle);
    } catch {
      // The message is deleted later, or comes again. Both are at least once.
    }
  }

  /** Renews the lease until it is stopped; a lease that could not be renewed in time is lost. */
  #renew(queues: SqsQueues, { handle, abort }: Taken): () => void {
    const lease = setTimeout(() => abort.abort(new Error('lease not renewed')), LEASE_S * 1_000);
    const renewal = setInterval(
      () => {
        const renewed = queues.keep(this.#options.name, handle, LEASE_S);
        renewed.then(() => lease.refresh()).catch(() => {});
      },
      (LEASE_S * 1_000) / 3,
    );
    return () => {
      clearTimeout(lease);
      clearInterval(renewal);
    };
  }
}
