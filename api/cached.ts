/** A value that is costly to read and changes slowly: one reading answers everybody who asks during the next `keepMs`. */
export class Cached<T> {
  #reading: Promise<T> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly readAnew: () => Promise<T>,
    private readonly keepMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The value as it was at most `keepMs` ago. When a reading fails, it rejects for all who wait, and the next call reads anew. */
  read(): Promise<T> {
    if (this.#reading && this.now() - this.#readAt < this.keepMs) return this.#reading;
    this.#readAt = this.now();
    const reading = this.readAnew();
    this.#reading = reading;
    reading.catch(() => {
      if (this.#reading === reading) this.#reading = undefined;
    });
    return reading;
  }
}
