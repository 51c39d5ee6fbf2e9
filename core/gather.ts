type Waiting<Ask, Answer> = { ask: Ask; resolve(answer: Answer): void; reject(error: unknown): void };

export type GatherBounds = {
  /** Calls that one run answers at most. */
  most: number;
  /** Runs in flight at most. */
  atOnce: number;
  /** After so many ms a run counts as in flight no more: it hangs in a lock or on a dead link. Without it, it always counts. */
  slowMs?: number;
  /** Milliseconds that must pass between the begin of a run of several and the begin of the next. Without it none must. */
  crowdMs?: number;
};

/**
 * Answers many calls by one run. Calls of one turn of the event loop go together into a run, and so do calls that come
 * while as many runs are in flight as may be. A call is answered by a run that began after it. A lone call does not wait.
 * When a run fails, only its own calls fail.
 */
export class Gather<Ask, Answer> {
  readonly #waiting: Waiting<Ask, Answer>[] = [];
  #inFlight = 0;
  #isDue = false;
  /** No run begins before this time, so that those who come in a crowd wait for each other. */
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

  // A microtask would be too early: what several sockets bring in this turn would go one by one.
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

  /** Counts a run as in flight. Returns a function that ends this; calling it twice is the same as once. */
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

/** Does its work for many items at once. An item whose place in the answer is `undefined` was left out. */
export type RunTogether<Item, Result> = (items: Item[]) => Promise<(Result | undefined)[]>;

export type TogetherOptions = {
  /** Items of one run at most. */
  most: number;
  /** True for an error that each item alone would meet as well, such as a server that is away. Without it, none is. */
  isEverybodys?: (error: unknown) => boolean;
  /** Milliseconds between the begin of a run of several and the begin of the next: 12 unless this says otherwise. */
  crowdMs?: number;
};

/** Milliseconds after which nobody waits any more for a run: it waits for a lock, or its connection carries nothing. */
const SLOW = 100;

/**
 * Milliseconds that those who come after a crowd wait for each other. With 12 ms, 16 clients post 864 tweets a second, to
 * the last row of the ledger; with 5 ms it is 814.
 */
const CROWD = 12;

type Ended<Result> = { outcome: 'done'; result: Result | undefined } | { outcome: 'alone' };

/**
 * Lets work that comes one item at a time be done for many at once, wherever there is a crowd:
 *
 *     a ──▶ run [a]                 alone: it starts at once, and is a run of one
 *     b ──────┐  (a's run is under way)
 *     c ──────┤
 *     d ──────┴──▶ run [b, c, d]    a crowd: what came meanwhile is the next run
 *
 * An item that comes alone never waits. The longer a run takes, the larger is the next one. After a run of several, the
 * next one gathers for a moment, because half as many runs cost the servers a tenth less. What a crowd does not get done,
 * each does alone: an item that was left out, and every item of a run that failed, runs again by itself, beside the next
 * run. No run waits for one that has taken too long. So an item that fails or hangs takes no other along.
 */
export class Together<Item, Result> {
  readonly #gather: Gather<Item, Ended<Result>>;

  constructor(
    private readonly run: RunTogether<Item, Result>,
    private readonly options: TogetherOptions,
  ) {
    const bounds = { most: options.most, atOnce: 1, slowMs: SLOW, crowdMs: options.crowdMs ?? CROWD };
    this.#gather = new Gather((items) => this.#runOnce(items), bounds);
  }

  /** The result of one item; undefined when it was left out alone as well. */
  async of(item: Item): Promise<Result | undefined> {
    const ended = await this.#gather.ask(item);
    if (ended.outcome === 'done') return ended.result;
    const [result] = await this.run([item]);
    return result;
  }

  async #runOnce(items: Item[]): Promise<Ended<Result>[]> {
    const isCrowd = items.length > 1;
    try {
      const results = await this.run(items);
      return results.map((result) =>
        isCrowd && result === undefined ? { outcome: 'alone' } : { outcome: 'done', result },
      );
    } catch (error) {
      if (!isCrowd || this.options.isEverybodys?.(error)) throw error;
      return items.map(() => ({ outcome: 'alone' }));
    }
  }
}
