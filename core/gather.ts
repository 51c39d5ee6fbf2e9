type Waiting<Ask, Answer> = { ask: Ask; resolve(answer: Answer): void; reject(error: unknown): void };

export type GatherBounds = {
  /** Calls that one run answers at most. */
  most: number;
  /** Runs in flight at most. */
  atOnce: number;
  /** Milliseconds after which a run counts as in flight no more: it hangs in a lock or on a dead link. Never unless told. */
  slowMs?: number;
  /** Milliseconds from the beginning of a run of several to that of the next; none unless told. */
  crowdMs?: number;
};

/**
 * Answers many calls by one run: those of one turn of the event loop, and those that come while as many runs as may be
 * are in flight, go together into the next. A call is answered by a run that began after it, and a lone one is not
 * held back. A run that fails fails its own calls only.
 */
export class Gather<Ask, Answer> {
  readonly #waiting: Waiting<Ask, Answer>[] = [];
  #inFlight = 0;
  #isDue = false;
  /** Before that no run begins: those who come in a crowd wait for each other. */
  #notBefore = 0;

  /** `run` returns an answer for each, in their order. */
  constructor(
    private readonly run: (asks: Ask[]) => Promise<Answer[]>,
    private readonly bounds: GatherBounds,
  ) {}

  ask(ask: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ask, resolve, reject });
      this.#schedule();
    });
  }

  // Not a microtask: what several sockets brought in this turn would then go one by one.
  #schedule(): void {
    if (this.#isDue || this.#waiting.length === 0 || this.#inFlight >= this.bounds.atOnce) return;
    this.#isDue = true;
    const begin = () => {
      this.#isDue = false;
      void this.#runOnce();
    };
    const early = this.#notBefore - performance.now();
    if (early >= 1) setTimeout(begin, early);
    else setImmediate(begin);
  }

  async #runOnce(): Promise<void> {
    const batch = this.#waiting.splice(0, this.bounds.most);
    if (batch.length > 1) this.#notBefore = performance.now() + (this.bounds.crowdMs ?? 0);
    const ended = this.#begin();
    try {
      const answers = await this.run(batch.map(({ ask }) => ask));
      if (answers.length !== batch.length)
        throw new Error(`Expected ${batch.length} answers, got ${answers.length}`);
      for (const [n, answer] of answers.entries()) batch[n]?.resolve(answer);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      ended();
    }
  }

  /** Counts a run as in flight; returns how to say, once or again, that it is so no more. */
  #begin(): () => void {
    let isInFlight = true;
    this.#inFlight++;
    const end = () => {
      clearTimeout(slow);
      if (isInFlight) this.#inFlight--;
      isInFlight = false;
      this.#schedule();
    };
    const { slowMs } = this.bounds;
    const slow = slowMs === undefined ? undefined : setTimeout(end, slowMs);
    this.#schedule();
    return end;
  }
}
