/** Work that goes on behind an answer. Whatever is cut off there is found again by the relay or the due loop. */
export class AfterAnswer {
  readonly #running = new Set<Promise<void>>();

  /** Runs `work` once the answer has been handed to its connection. A failure is logged. */
  run(work: () => unknown): void {
    const running = new Promise<void>((resolve) => setImmediate(resolve))
      .then(work)
      .catch((error: unknown) => console.warn(`Behind an answer: ${error}`))
      .then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing runs any more, or at the deadline. */
  async settled(deadlineMs: number): Promise<void> {
    const late = AbortSignal.timeout(deadlineMs);
    while (this.#running.size > 0 && !late.aborted)
      await Promise.race([
        Promise.all(this.#running),
        new Promise((resolve) => late.addEventListener('abort', resolve, { once: true })),
      ]);
  }
}
