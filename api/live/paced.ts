/**
 * Runs an action for a key at once, and then at most once every `pace` milliseconds for as long as the key is
 * touched. The last touch is never lost, and two runs for one key never overlap.
 */
export class Paced<Key> {
  #waiting = new Map<Key, { again: boolean }>();
  #stopped = false;

  constructor(
    private readonly pace: number,
    private readonly action: (key: Key) => Promise<void>,
  ) {}

  /** Something about this key has changed. */
  touch(key: Key): void {
    if (this.#stopped) return;
    const waiting = this.#waiting.get(key);
    if (waiting) {
      waiting.again = true;
      return;
    }
    this.#run(key);
  }

  /** Runs nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
  }

  #run(key: Key): void {
    const state = { again: false };
    this.#waiting.set(key, state);
    const began = performance.now();
    this.action(key)
      // The ledger is away for the moment: the next hint or resync reads it again.
      .catch(() => {})
      .finally(() => {
        const rest = Math.max(0, this.pace - (performance.now() - began));
        setTimeout(() => this.#settle(key, state), rest);
      });
  }

  #settle(key: Key, { again }: { again: boolean }): void {
    this.#waiting.delete(key);
    if (again && !this.#stopped) this.#run(key);
  }
}
