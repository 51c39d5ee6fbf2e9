import type pg from 'pg';
import type { Consumer } from '#broker/port.ts';
import { readPause } from '#core/admission/pause.ts';

/** Milliseconds between two looks at the pause: all workers obey within about this time. */
export const PAUSE_LOOK_EVERY = 500;

/** Bounds what still runs when a pause begins: a chunk takes milliseconds, the longest wait for a message 2 s. */
const PAUSE_DEADLINE = 3_000; // ms

/**
 * Takes deliveries except while they are paused. The row in Postgres decides, so that a pause lasts over restarts and
 * is obeyed by workers that start in the middle of it. Before the first look nothing is taken: without Postgres
 * nothing could be delivered anyway.
 */
export class Consumption {
  #taking: Consumer[] = [];
  readonly #leaving = new Set<Promise<void>>();
  #stopped = false;
  #paused = true;

  constructor(
    private readonly pool: pg.Pool,
    private readonly start: () => Consumer[],
  ) {}

  /** True while nothing is taken. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Looks once and obeys. Returns 0, so that the loop waits before the next look. */
  async look(): Promise<number> {
    const { paused } = await readPause(this.pool);
    if (this.#stopped || paused === this.#paused) return 0;
    this.#paused = paused;
    if (paused) void this.#leave(PAUSE_DEADLINE);
    else this.#taking = this.start();
    return 0;
  }

  /** Takes no more, waits for what runs up to the deadline. May be called twice. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopped = true;
    await this.#leave(deadlineMs);
    await Promise.all(this.#leaving);
  }

  /** A pause does not wait for it. If the pause ends at once, new consumers run beside those that leave. */
  #leave(deadlineMs: number): Promise<void> {
    const stopped = Promise.all(this.#taking.map((consumer) => consumer.stop(deadlineMs))).then(() => {
      this.#leaving.delete(stopped);
    });
    this.#taking = [];
    this.#leaving.add(stopped);
    return stopped;
  }
}
