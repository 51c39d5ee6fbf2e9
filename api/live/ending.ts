/** The end of something, which happens once. */
export class Ending {
  readonly #callbacks = new Set<() => void>();
  #isOver = false;

  /** Calls `callback` at the end; at once if it is over. */
  on(callback: () => void): void {
    if (this.#isOver) callback();
    else this.#callbacks.add(callback);
  }

  /** Ends it. May be called twice. */
  come(): void {
    this.#isOver = true;
    const callbacks = [...this.#callbacks];
    this.#callbacks.clear();
    for (const callback of callbacks) callback();
  }
}
