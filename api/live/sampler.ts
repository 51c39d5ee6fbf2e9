type Sampling<Sample> = {
  /** Milliseconds between two samples. */
  everyMs: number;
  /** Takes one; undefined when there is nothing to tell yet. A server may be away: the next one tells then. */
  take(): Promise<Sample | undefined>;
  /** Nobody listens any more. */
  ended(): void;
};

/** Samples something for as long as somebody listens: one sampler a web process, however many people look. */
export class Sampler<Sample> {
  readonly #listeners = new Set<(sample: Sample) => void>();
  #isRunning = false;

  constructor(private readonly sampling: Sampling<Sample>) {}

  /** Calls `listener` with every sample from now on; returns how to stop. */
  listen(listener: (sample: Sample) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#isRunning) void this.#run();
    return () => this.#listeners.delete(listener);
  }

  async #run(): Promise<void> {
    const { everyMs, take, ended } = this.sampling;
    this.#isRunning = true;
    while (this.#listeners.size > 0) {
      const due = performance.now() + everyMs;
      // Who looks keeps the last figures, and sees how old they are.
      const sample = await take().catch(() => undefined);
      if (sample !== undefined) for (const listener of this.#listeners) listener(sample);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
    this.#isRunning = false;
    ended();
  }
}
