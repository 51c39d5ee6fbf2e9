import { Gather } from '#core/gather.ts';

/** Does its work for many items at once. An item whose place in the answer is `undefined` was left out. */
export type RunTogether<Item, Result> = (items: Item[]) => Promise<(Result | undefined)[]>;

export type TogetherOptions = {
  /** Items of one run at most. */
  most: number;
  /** True for an error that each item alone would meet as well, such as a server that is away. None unless told. */
  isEverybodys?: (error: unknown) => boolean;
  /** Milliseconds from the beginning of a run of several to that of the next: 12 unless told. */
  crowdMs?: number;
};

/** Milliseconds after which nobody waits any more for a run: it waits for a lock, or its connection carries nothing. */
const SLOW = 100;

/**
 * Milliseconds that those who come after several wait for each other. Posts a second to the last row of the ledger, at 16
 * clients: 864 with 12, 814 with 5.
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
 * One that is alone is never held back. Runs get larger by themselves the longer one takes, and after one of several the
 * next gathers for a moment: half as many runs cost the servers a tenth less. What a crowd does not get done, each does alone: an item that was left out, and every item of a run that failed, is run again by itself, beside the
 * next run. And no run waits for one that has taken too long. So what fails or hangs takes no other along.
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
