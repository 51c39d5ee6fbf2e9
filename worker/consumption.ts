import type pg from 'pg';
import type { Consumer } from '#broker/port.ts';
import { readPause } from '#core/admission/pause.ts';
import { SECOND } from '#core/durations.ts';
import { LEASE } from '#core/ledger/publish.ts';

/** Milliseconds between two looks at the pause. All workers obey it within about this time. */
const PAUSE_LOOK_EVERY = 500;

/** Milliseconds between two looks at a store that is away: they ask nobody. */
const STORE_LOOK_EVERY = 50;

/** How long work that runs when a rest begins may go on: a chunk takes milliseconds, the longest wait for a message 2 s. */
const REST_DEADLINE = 3 * SECOND;

type Options = {
  pool: pg.Pool;
  /** Begins to take deliveries. */
  start(): Consumer[];
  /** Whether the timeline store is here, so that a delivery can succeed. */
  isStoreHere(): boolean;
  /** A clock in ms that only goes forward. */
  now?(): number;
};

/**
 * Takes deliveries except while they are paused, and while the timeline store is away.
 *
 *     resting ──store here, not paused──▶ taking, catching up ──as long as it rested, 12 s at most──▶ taking
 *        ▲                                        │                                                     │
 *        └─────────── store away, paused ─────────┴─────────────────────────────────────────────────────┘
 *
 * The pause is a row in Postgres, so that it outlives restarts, and workers that start in the middle of it obey it. Before
 * the first look a worker takes nothing: without Postgres it could not deliver anyway. Each worker finds out for itself
 * whether the store is here. A worker that is cut off from it leaves its messages to the others.
 */
export class Consumption {
  #taking: Consumer[] = [];
  readonly #leaving = new Set<Promise<void>>();
  #stopped = false;
  #resting = true;
  /** Since when it rests or takes. */
  #since: number;
  /** How long it rested before it took. */
  #rested = 0;

  constructor(private readonly options: Options) {
    this.#since = this.#now();
  }

  /**
   * True while it rests, and afterwards for as long as it rested, but at most a lease. Nothing made progress meanwhile, so
   * everything is due. But the broker has most of it, and the relay would add a copy of each message.
   */
  get catchingUp(): boolean {
    return this.#resting || this.#now() - this.#since < Math.min(this.#rested, LEASE);
  }

  /** Milliseconds until the next look. */
  get idle(): number {
    return this.options.isStoreHere() ? PAUSE_LOOK_EVERY : STORE_LOOK_EVERY;
  }

  /** Looks once and obeys. Returns 0, so that the loop waits before the next look. */
  async look(): Promise<number> {
    const isToRest = !this.options.isStoreHere() || (await readPause(this.options.pool)).paused;
    if (this.#stopped || isToRest === this.#resting) return 0;
    this.#turn(isToRest);
    if (isToRest) void this.#leave(REST_DEADLINE);
    else this.#taking = this.options.start();
    return 0;
  }

  /** Takes no more, and waits for what runs, up to the deadline. May be called twice. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    await this.#leave(deadlineMs);
    await Promise.all(this.#leaving);
  }

  #turn(isToRest: boolean): void {
    const now = this.#now();
    if (!isToRest) this.#rested = now - this.#since;
    this.#since = now;
    this.#resting = isToRest;
  }

  /** Stops the consumers. A rest does not wait for this: if it ends soon, new consumers run beside those that stop. */
  #leave(deadlineMs: number): Promise<void> {
    const stopped = Promise.all(this.#taking.map((consumer) => consumer.stop(deadlineMs))).then(() => {
      this.#leaving.delete(stopped);
    });
    this.#taking = [];
    this.#leaving.add(stopped);
    return stopped;
  }

  #now(): number {
    return (this.options.now ?? performance.now.bind(performance))();
  }
}
