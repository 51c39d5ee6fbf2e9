/** Something that a client has begun to send and not finished: a connection without a request, or half a body. */
type Unfinished = { destroy(): void };

/** Half-sent requests of one address from which on the oldest gives way. */
const MOST = 100;
/** What is younger may be one of a crowd that all arrived in this moment. */
const PATIENCE = 1_000; // ms

/**
 * Bounds what one address may leave half-sent: whoever opens hundreds of requests and finishes none loses the oldest of
 * them, and nobody else notices. Without this only file descriptors and time would bound them.
 */
export class HalfSent {
  /** By address, the oldest first, with the time at which each began. */
  readonly #byAddress = new Map<string, Map<Unfinished, number>>();

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Counts what has begun; returns how to say that it is finished, or gone. That may be said twice. */
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
