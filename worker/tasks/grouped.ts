type Waiting<I, O> = { item: I; resolve: (outcome: O) => void; reject: (error: unknown) => void };

const MOST = 200; // items a group

/**
 * Makes one statement of what many handlers want at the same time. Items that come while a statement runs wait for the next
 * one. There is no timer: an item that comes alone goes at once, and the busier it gets, the larger the groups become. When
 * a group fails, each of its items is tried alone, so that one that cannot be written takes no other along.
 */
export class Grouped<I, O> {
  #waiting: Waiting<I, O>[] = [];
  #isBusy = false;

  constructor(
    /** Returns the outcomes in the order of the items. */
    private readonly run: (items: I[]) => Promise<O[]>,
  ) {}

  /** Resolves with this item's outcome. */
  add(item: I): Promise<O> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isBusy) this.#drain();
    });
  }

  async #drain(): Promise<void> {
    this.#isBusy = true;
    // What is added in the same turn of the event loop belongs together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MOST);
      await this.#settle(group).catch((error) => this.#settleAlone(group, error));
    }
    this.#isBusy = false;
  }

  async #settle(group: Waiting<I, O>[]): Promise<void> {
    const outcomes = await this.run(group.map(({ item }) => item));
    for (const [place, { resolve }] of group.entries()) {
      const outcome = outcomes[place];
      if (outcome === undefined) throw new Error(`Expected ${group.length} outcomes, got ${outcomes.length}`);
      resolve(outcome);
    }
  }

  async #settleAlone(group: Waiting<I, O>[], error: unknown): Promise<void> {
    const [only, ...others] = group;
    if (others.length === 0) return only?.reject(error);
    await Promise.all(group.map((each) => this.#settle([each]).catch(each.reject)));
  }
}
