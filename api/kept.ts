/** What is dear to read and changes slowly: read once for everybody who asks meanwhile, and kept for a while. */
export class Kept<T> {
  #reading: Promise<T> | undefined;
  #readAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly readAnew: () => Promise<T>,
    private readonly keepMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** As it was up to `keepMs` ago. A failure is told to those who wait for it, and not kept. */
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
