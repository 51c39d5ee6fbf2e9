import { setImmediate as turn } from 'node:timers/promises';
import { SECOND } from '#core/durations.ts';

/** Pages that are rendered at once: while one waits for its data, another uses the processor. */
const AT_ONCE = 2;
/** Pages of one network that may wait: about a second of rendering. */
const MOST_WAITING = 50;
/** After so long a page waits for data or for its reader, and no longer for the processor: the next one may begin. */
const HELD = SECOND / 2;
/** libuv accepts one connection in a turn of the event loop. Between two pages so many newcomers get in. */
const TURNS_BETWEEN = 16;

/** So many pages a network may get at once, before its share counts. */
const BURST = 20;
/** Others ask too, if one of them has within this time. */
const LATELY = SECOND;

type Waiting = (leave: () => void) => void;

/**
 * Renders pages a few at a time, the networks that ask in turn. Rendering a page takes 10 to 20 ms, in pieces during
 * which the event loop does nothing else. With a hundred pages at once, which one client can ask for, a call of the
 * interface waited 10 s. With twenty a second, all calls took ten times as long.
 *
 *     A ▸ page page page page …      A waits behind its own pages; two a second while others ask, more if nobody does
 *     B ▸ page                       B waits behind one of A's
 *     interface                      calls of the interface wait behind two
 */
export class PagesInTurn {
  /** By network, the one whose turn comes next first. */
  readonly #lines = new Map<string, Waiting[]>();
  readonly #shares: Shares;
  #rendering = 0;
  #retry: NodeJS.Timeout | undefined;

  /** `perSecond`: the pages that a network gets while others ask too (PAGES_PER_SECOND). */
  constructor(perSecond: number) {
    this.#shares = new Shares(SECOND / perSecond);
  }

  /** Pages that wait. */
  get waiting(): number {
    return [...this.#lines.values()].reduce((sum, { length }) => sum + length, 0);
  }

  /** To be told of every request, whatever it asks for. */
  asked(network: string): void {
    this.#shares.asked(network);
  }

  /**
   * Resolves when a page of this network may be rendered, with how to say that it is; saying so twice is fine. Null when
   * too many of the network wait.
   */
  async begin(network: string): Promise<(() => void) | null> {
    const line = this.#lines.get(network) ?? [];
    if (line.length >= MOST_WAITING) return null;
    return new Promise((resolve) => {
      line.push(resolve);
      this.#lines.set(network, line);
      this.#next();
    });
  }

  #next(): void {
    clearTimeout(this.#retry);
    if (this.#lines.size === 0 || this.#rendering >= AT_ONCE) return;
    const waits = [...this.#lines.keys()].map((network) => ({ network, ms: this.#shares.waitOf(network) }));
    const first = waits.find(({ ms }) => ms === 0);
    if (!first) this.#retry = setTimeout(() => this.#next(), Math.min(LATELY, ...waits.map(({ ms }) => ms)));
    else this.#begin(first.network);
  }

  #begin(network: string): void {
    const line = this.#lines.get(network) ?? [];
    const begin = line.shift();
    this.#lines.delete(network);
    if (line.length > 0) this.#lines.set(network, line); // behind all others
    this.#rendering++;
    this.#shares.take(network);
    begin?.(this.#leaving());
    this.#next();
  }

  #leaving(): () => void {
    let hasLeft = false;
    const leave = () => {
      clearTimeout(late);
      if (hasLeft) return;
      hasLeft = true;
      void this.#afterNewcomers();
    };
    const late = setTimeout(leave, HELD);
    return leave;
  }

  async #afterNewcomers(): Promise<void> {
    for (let passed = 0; passed < TURNS_BETWEEN && this.#lines.size > 0; passed++) await turn();
    this.#rendering--;
    this.#next();
  }
}

/** What each network has taken of late. Who is alone may take all there is. */
class Shares {
  /** By network, the time at which it will have nothing on its account; the one that took last is last. */
  readonly #clearAt = new Map<string, number>();
  /** The two networks that asked last, and when. */
  #latest = { network: '', at: Number.NEGATIVE_INFINITY };
  #other = this.#latest;

  /** `interval`: milliseconds for a page. */
  constructor(private readonly interval: number) {}

  asked(network: string): void {
    if (network !== this.#latest.network) this.#other = this.#latest;
    this.#latest = { network, at: performance.now() };
  }

  /** Milliseconds until the network may have a page. */
  waitOf(network: string): number {
    const other = network === this.#latest.network ? this.#other : this.#latest;
    const now = performance.now();
    if (other.at < now - LATELY) return 0;
    return Math.max(0, (this.#clearAt.get(network) ?? now) - now - (BURST - 1) * this.interval);
  }

  take(network: string): void {
    const now = performance.now();
    const clearAt = Math.max(now, this.#clearAt.get(network) ?? now) + this.interval;
    this.#clearAt.delete(network);
    // What was taken while nobody else asked is not held against it for longer than a full account.
    this.#clearAt.set(network, Math.min(clearAt, now + BURST * this.interval));
    for (const [oldest, at] of this.#clearAt)
      if (at > now) break;
      else this.#clearAt.delete(oldest);
  }
}
