import { forLog } from '#core/for-log.ts';

/** Work that goes on after an answer. If the process dies, the relay or the due loop finds it again. */
export class AfterAnswer {
  readonly #running = new Set<Promise<void>>();

  /** Runs `work` after the answer was handed to its connection. A failure is logged. */
  run(work: () => unknown): void {
    const running = new Promise<void>((resolve) => setImmediate(resolve))
      .then(work)
      .catch((error: unknown) => console.warn(`Behind an answer: ${forLog(String(error))}`))
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
