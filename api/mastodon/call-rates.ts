import { LRUCache } from 'lru-cache';
import type { SharedCounts } from '#api/shared-counts.ts';

/** How many calls somebody may make until `resetAt`, and how many are left. */
export type CallFigures = { limit: number; remaining: number; resetAt: number; isOver: boolean };

const REMEMBERED = 100_000; // callers; the oldest is forgotten and begins anew

/** How many calls in how many milliseconds. */
export type CallRate = { most: number; within: number };

/** What all web processes have counted, and the name of these counts there. */
type Shared = { counts: Pick<SharedCounts, 'add'>; name: string };

/**
 * Bounds the calls of one caller to all web processes together. The windows are those of the clock, all minutes or all
 * hours, because clients are told when the next one begins, and wait for it. While the store with the shared counts is away,
 * each process goes on from what it knows.
 */
export class CallRates {
  readonly #calls = new LRUCache<string, number>({ max: REMEMBERED });
  #window = 0;

  constructor(
    private readonly rate: CallRate,
    private readonly shared?: Shared,
    private readonly now: () => number = Date.now,
  ) {}

  /** Counts one call more. */
  async count(caller: string): Promise<CallFigures> {
    const { most, within } = this.rate;
    const window = Math.floor(this.now() / within);
    const resetAt = (window + 1) * within;
    const own = this.#countHere(caller, window);
    const all = await this.shared?.counts.add(`${this.shared.name}:${window}:${caller}`, resetAt);
    const calls = Math.max(own, all ?? 0);
    if (window === this.#window) this.#calls.set(caller, Math.max(calls, this.#calls.get(caller) ?? 0));
    return { limit: most, remaining: Math.max(0, most - calls), resetAt, isOver: calls > most };
  }

  #countHere(caller: string, window: number): number {
    if (window !== this.#window) this.#calls.clear();
    this.#window = window;
    const calls = (this.#calls.get(caller) ?? 0) + 1;
    this.#calls.set(caller, calls);
    return calls;
  }
}
