/** Who is first in line: when there is room for it and when it comes, by one clock in seconds, and what it costs. */
export type First = { name: string; due: number; comes: number; cost: number };

/** What small fan-outs may use of the bound, until who comes when, and at what cost. */
export type Kept = { bound: number; comesInS: number; cost: number };

/** The bound of small fan-outs, that of large ones, and the sure rate. */
export type KeptOf = { whole: number; limit: number; rate: number };

/** Seconds after which room is kept for nobody any more, and that nothing is kept behind somebody who did not come. */
const LONGEST_S = 60;

/**
 * Keeps room for the first in line. Small fan-outs have no places, there are many of them, and each takes what has just
 * become free; so a large one would come at its time and find nothing, time and again. Small ones may use as much as will
 * be gone by its time, and what it leaves of the bound:
 *
 *     whole bound ────────╲  small ones up to here
 *                          ╲ falls as fast as deliveries are done
 *                           ╲__________________  bound of large ones − its cost (0 if it is larger)
 *     ──────────────── its time ───── it comes
 *
 * Workers always have work by that, but for a tweet that is larger than the bound: that one waits for an empty system.
 * Nobody can shut small ones out: afterwards nothing is kept for as long as it was, and behind somebody who did not come
 * for a minute.
 */
export class KeptRoom {
  /** For whom, and since when small ones are bounded by it or by one before it that was told another time. */
  #for: { name: string; since: number } | undefined;
  /** Until then nothing is kept. */
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(private readonly now: () => number) {}

  /** What small ones have to leave for the first in line; null when that is no less than they have anyway. */
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

  /** Somebody of the line is in. */
  came(): void {
    if (this.#for) this.#rest(this.now() - this.#for.since);
  }

  /** Its place is given up. */
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
