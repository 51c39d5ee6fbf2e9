import { LRUCache } from 'lru-cache';

/** How many calls somebody may make until `resetAt`, and how many are left. */
export type CallFigures = { limit: number; remaining: number; resetAt: number; isOver: boolean };

const REMEMBERED = 100_000; // callers; the oldest is forgotten and begins anew

/** How many calls in how many milliseconds. */
export type CallRate = { most: number; within: number };

/**
 * Bounds the calls of one caller to this process. The windows are those of the clock, all minutes or all hours, because
 * clients are told when the next one begins, and wait for it.
 */
export class CallRates {
  readonly #calls = new LRUCache<string, number>({ max: REMEMBERED });
  #window = 0;

  constructor(
    private readonly rate: CallRate,
    private readonly now: () => number = Date.now,
  ) {}

  /** Counts one call more. */
  count(caller: string): CallFigures {
    const { most, within } = this.rate;
    const window = Math.floor(this.now() / within);
    if (window !== this.#window) this.#calls.clear();
    this.#window = window;
    const calls = (this.#calls.get(caller) ?? 0) + 1;
    this.#calls.set(caller, calls);
    const remaining = Math.max(0, most - calls);
    return { limit: most, remaining, resetAt: (window + 1) * within, isOver: calls > most };
  }
}
