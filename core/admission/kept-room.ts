/** The tweet that is first in line: when there is room for it, when it comes (seconds of one clock), and what it costs. */
export type First = { name: string; due: number; comes: number; cost: number };

/** What small fan-outs may use of the bound, when the large tweet comes for which room is kept, and what that costs. */
export type Kept = { bound: number; comesInS: number; cost: number };

/** The bound of small fan-outs, that of large ones, and the sure rate. */
export type KeptOf = { whole: number; limit: number; rate: number };

/** Room is kept for so many seconds at most. When a tweet did not come, nothing is kept for as many. */
const LONGEST_S = 60;

/**
 * Keeps room for the first in line. Small fan-outs have no places. There are many of them, and each takes what has just
 * become free, so that a large one would come at its time and find nothing, again and again. So small ones may only use what
 * the workers will have done by that time, and what the large one leaves of the bound:
 *
 *     whole bound ────────╲  small ones up to here
 *                          ╲ falls as fast as deliveries are done
 *                           ╲__________________  bound of large ones − its cost (0 if it is larger)
 *     ──────────────── its time ───── it comes
 *
 * So workers always have work, unless the large tweet is larger than the bound and waits for an empty system. Nobody can
 * shut small tweets out with this. When the large one has come, nothing is kept for as long as room was kept before. When
 * it did not come, nothing is kept for a minute.
 */
export class KeptRoom {
  /** The tweet that room is kept for, and since when small ones have been bounded, also by one that was first before it. */
  #for: { name: string; since: number } | undefined;
  /** Nothing is kept before this time. */
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(private readonly now: () => number) {}

  /** What small tweets may use while this one is first in line; null when it does not bound them. */
  of(first: First, { whole, limit, rate }: KeptOf): Kept | null {
    const now = this.now();
    if (this.#rests) return null;
    const bound = Math.floor(Math.max(0, limit - first.cost) + rate * Math.max(0, first.due - now));
    if (bound >= whole) return null;
    this.#for = { name: first.name, since: this.#for?.since ?? now };
    if (now - this.#for.since > LONGEST_S) return this.#rest(LONGEST_S);
    return { bound, comesInS: Math.max(0, first.comes - now), cost: first.cost };
  }

  /** True while the first in line waits for an empty system, which any newcomer would take from it. */
  isAll(first: First | undefined, limit: number): boolean {
    return first !== undefined && first.cost > limit && !this.#rests;
  }

  /** A tweet of the line was admitted. */
  came(): void {
    if (this.#for) this.#rest(this.now() - this.#for.since);
  }

  /** A tweet did not come, and has lost its place. */
  didNotCome(name: string): void {
    if (this.#for?.name === name) this.#rest(LONGEST_S);
  }

  get #rests(): boolean {
    return this.now() < this.#restsUntil;
  }

  #rest(seconds: number): null {
    this.#for = undefined;
    this.#restsUntil = this.now() + seconds;
    return null;
  }
}
