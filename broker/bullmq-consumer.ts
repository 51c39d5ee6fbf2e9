import { type Job, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { SECOND } from '#core/durations.ts';
import type { QueueName } from '#core/messages.ts';
import type { QueueClient } from './bullmq-connection.ts';
import { headersOf } from './envelope.ts';
import { backoffMs } from './outcome.ts';
import { type ConsumeOptions, type Consumer, DeadLetter, type Handler, RetryLater } from './port.ts';
import { settledWithin } from './within.ts';

/** BullMQ gives up at a number of attempts. Here the ledger decides when to give up, so this one is never reached. */
export const NEVER = 2 ** 31;

/** Renewed every 1.3 to 2.5 s. If it were shorter, a busy event loop would lose it. */
const LEASE_MS = 5 * SECOND;
/**
 * Workers share a lock of this length on the check itself. A timer that fires a millisecond early skips one check, so
 * twice this time may pass. A killed worker's job is back after the lease and two checks, which is 9 s; measured were
 * 5 to 7 s.
 */
const STALLED_CHECK_MS = 2 * SECOND;
/** For handing unfinished messages back once the deadline of a stop has passed. */
const HAND_BACK_MS = 500;
const DEAD_LETTERS_KEPT = 10_000;

/** A BullMQ worker that tells its handlers when their lease is lost, and that can stop without Redis. */
export class BullmqConsumer implements Consumer {
  readonly #worker: LeasedWorker;
  readonly #handler: Handler;
  readonly #taken = new Map<string, Taken>();
  #stopping: Promise<void> | undefined;
  #isStopped = false;

  constructor(
    name: QueueName,
    handler: Handler,
    options: ConsumeOptions & { redis: QueueClient; prefix: string },
  ) {
    this.#handler = handler;
    this.#worker = new LeasedWorker(name, (job, token) => this.#take(job, token), {
      connection: options.redis,
      prefix: options.prefix,
      concurrency: options.concurrency,
      lockDuration: LEASE_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: NEVER,
      // How long a worker rests after a failed call. With BullMQ's default, each short outage would cost 15 s more.
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

  resize(concurrency: number): void {
    this.#worker.concurrency = concurrency;
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
    const headers = headersOf(job.opts.telemetry?.metadata);
    const delivery = { body: job.data, headers, redelivered: job.attemptsStarted > 1, signal };
    try {
      await Promise.race([this.#handler(delivery), aborted(signal)]);
    } catch (error) {
      if (!signal.aborted) throw error instanceof DeadLetter ? new UnrecoverableError(error.message) : error;
      // It fails when the job is not ours any more, or when Redis is away. Then the lease runs out by itself.
      await job.moveToWait(token).catch(() => {});
      throw new WaitingError();
    } finally {
      clearTimeout(lease);
      this.#taken.delete(job.id ?? '');
    }
  }

  /** Without Redis a worker does not hear that its lease ran out, so it measures the time itself. */
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
  /** Stops without Redis, for which `close` would wait. No timer and no socket is left. */
  async abandon(): Promise<void> {
    await this.lockManager.close();
    // Ends the loop that looks for stalled jobs.
    await this.pause(true);
    await settledWithin(HAND_BACK_MS, this.backend.close(true));
  }
}

const delayOf = (error: Error | undefined, failures: number): number =>
  error instanceof RetryLater ? Math.max(0, error.delayMs) : backoffMs(failures);

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
