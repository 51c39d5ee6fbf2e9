import { SECOND } from '#core/durations.ts';

/** Something that a client has begun to send and not finished: a connection without a request, or half a body. */
type Unfinished = { destroy(): void };

/** With so many half-sent requests of one address, the oldest gives way to a new one. */
const MOST = 100;
/** A request younger than this is spared: many clients behind one address may have just arrived. */
const PATIENCE = SECOND;

/**
 * Bounds how many requests one address may leave half-sent. A client that opens hundreds and finishes none loses the
 * oldest of them, and no other client notices. Without it only the file descriptors and the timeouts would be a bound.
 */
export class HalfSent {
  /** By address, the oldest first, with the time at which each began. */
  readonly #byAddress = new Map<string, Map<Unfinished, number>>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Counts a request that has begun. Call the result once the request is finished or gone; calling it twice is fine. */
  begin(address: string, unfinished: Unfinished): () => void {
    const begun = this.#byAddress.get(address) ?? new Map<Unfinished, number>();
    this.#byAddress.set(address, begun);
    if (begun.size >= MOST) this.#endOldest(begun);
    begun.set(unfinished, this.now());
    return () => {
      begun.delete(unfinished);
      if (begun.size === 0 && this.#byAddress.get(address) === begun) this.#byAddress.delete(address);
    };
  }

  /** Half-sent requests of an address. */
  count(address: string): number {
    return this.#byAddress.get(address)?.size ?? 0;
  }

  /** Half-sent requests of all addresses. */
  get total(): number {
    return [...this.#byAddress.values()].reduce((sum, { size }) => sum + size, 0);
  }

  #endOldest(begun: Map<Unfinished, number>): void {
    const [oldest] = begun;
    if (!oldest || this.now() - oldest[1] < PATIENCE) return;
    begun.delete(oldest[0]);
    oldest[0].destroy();
  }
}
