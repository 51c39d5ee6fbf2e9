import { setTimeout as sleep } from 'node:timers/promises';
import { BATCH } from './sqs-queues.ts';

type Waiting = { handle: string; resolve: () => void; reject: (error: unknown) => void };

/** Long enough that a busy consumer makes far fewer calls. Nobody waits for a deletion. */
const GATHER_MS = 10;

/** Deletes handled messages, one call at a time. Messages that are handled meanwhile go into the next call. */
export class Acknowledgements {
  readonly #delete: (handles: string[]) => Promise<void>;
  readonly #waiting: Waiting[] = [];
  #flushing = false;

  constructor(deleteUpToTen: (handles: string[]) => Promise<void>) {
    this.#delete = deleteUpToTen;
  }

  /** Resolves when this message is deleted; rejects when that is not known. */
  add(handle: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ handle, resolve, reject });
      if (!this.#flushing) void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#waiting.length > 0) {
      if (this.#waiting.length < BATCH) await sleep(GATHER_MS);
      await this.#deleteBatch(this.#waiting.splice(0, BATCH));
    }
    this.#flushing = false;
  }

  async #deleteBatch(batch: Waiting[]): Promise<void> {
    try {
      await this.#delete(batch.map(({ handle }) => handle));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
