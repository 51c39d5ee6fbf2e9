/** Does its work for many items at once. An item whose place in the answer is `undefined` was left out. */
export type RunTogether<Item, Result> = (items: Item[]) => Promise<(Result | undefined)[]>;

export type TogetherOptions = {
  /** Items of one run at most. */
  most: number;
  /** True for an error that each item alone would meet as well, such as a server that is away. None unless told. */
  isEverybodys?: (error: unknown) => boolean;
};

/** Milliseconds after which nobody waits any more for a run: it waits for a lock, or its connection carries nothing. */
const SLOW = 100;

type Waiting<Item, Result> = {
  item: Item;
  resolve(result: Result | undefined): void;
  reject(error: unknown): void;
};

/**
 * Lets work that comes one item at a time be done for many at once, wherever there is a crowd:
 *
 *     a ──▶ run [a]                 alone: it starts at once, and is a run of one
 *     b ──────┐  (a's run is under way)
 *     c ──────┤
 *     d ──────┴──▶ run [b, c, d]    a crowd: what came meanwhile is the next run
 *
 * Nothing is held back by a timer, and runs get larger by themselves the longer one takes. What a crowd does not get done,
 * each does alone: an item that was left out, and every item of a run that failed, is run again by itself, beside the
 * next run. And no run waits for one that has taken too long. So what fails or hangs takes no other along.
 */
export class Together<Item, Result> {
  #waiting: Waiting<Item, Result>[] = [];
  #isRunning = false;

  constructor(
    private readonly run: RunTogether<Item, Result>,
    private readonly options: TogetherOptions,
  ) {}

  /** The result of one item; undefined when it was left out alone as well. */
  of(item: Item): Promise<Result | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isRunning) this.#start();
    });
  }

  /** At the end of this turn of the event loop: a message's tweets, and answers that were read at once, come one by one. */
  #start(): void {
    this.#isRunning = true;
    setImmediate(() => void this.#runAll());
  }

  async #runAll(): Promise<void> {
    while (this.#waiting.length > 0)
      await endedOrSlow(this.#runOnce(this.#waiting.splice(0, this.options.most)));
    this.#isRunning = false;
  }

  async #runOnce(taken: Waiting<Item, Result>[]): Promise<void> {
    const [only] = taken;
    if (taken.length === 1 && only) return this.#alone(only);
    try {
      const results = await this.run(taken.map(({ item }) => item));
      for (const [at, waiting] of taken.entries()) this.#answer(waiting, results[at]);
    } catch (error) {
      for (const waiting of taken) this.#answerFailure(waiting, error);
    }
  }

  #answer(waiting: Waiting<Item, Result>, result: Result | undefined): void {
    if (result === undefined) void this.#alone(waiting);
    else waiting.resolve(result);
  }

  #answerFailure(waiting: Waiting<Item, Result>, error: unknown): void {
    if (this.options.isEverybodys?.(error)) waiting.reject(error);
    else void this.#alone(waiting);
  }

  async #alone({ item, resolve, reject }: Waiting<Item, Result>): Promise<void> {
    try {
      const [result] = await this.run([item]);
      resolve(result);
    } catch (error) {
      reject(error);
    }
  }
}

function endedOrSlow(run: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const slow = setTimeout(resolve, SLOW);
    void run.finally(() => {
      clearTimeout(slow);
      resolve();
    });
  });
}
