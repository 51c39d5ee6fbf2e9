/** A place for one run. Releasing it twice is fine. */
export type Slot = { release(): void };

type Taken = Slot & { since: number };

/** Runs shorter than this, in ms, are worth fetching ahead for: what is fetched then waits about as long. */
const SHORT = 100;

/** Messages held for each slot while runs are short: one that runs, one that waits, one whose result is being written. */
const HELD = 3;

/** Milliseconds that somebody waits for a slot. */
const PATIENCE = 250;

/**
 * Places for one thing at a time each, given in the order of asking. Who gets none within {@link PATIENCE} gives back
 * what it has: another worker may have one.
 */
export class Slots {
  readonly #taken = new Set<Taken>();
  #line: ((slot: Slot | null) => void)[] = [];
  #whenFree: (() => void)[] = [];
  #isClosed = false;

  constructor(
    readonly size: number,
    /** Told how many messages this worker may hold from now on. */
    private readonly hold: (messages: number) => void = () => {},
  ) {}

  /** A slot, in the order of asking; null when none gets free in time. */
  async take(): Promise<Slot | null> {
    if (this.#isClosed) return null;
    return this.#taken.size < this.size ? this.#give() : this.#wait();
  }

  /** Resolves when a slot may be free, or when there will be none. */
  free(): Promise<void> {
    if (this.#isClosed || this.#taken.size < this.size) return Promise.resolve();
    return new Promise((resolve) => this.#whenFree.push(resolve));
  }

  /** Gives out no more; what waits gets none. What runs may end. */
  close(): void {
    this.#isClosed = true;
    for (const waiting of this.#line.splice(0)) waiting(null);
    this.#tellFree();
  }

  #give(): Slot {
    const slot = { since: performance.now(), release: () => this.#release(slot) };
    this.#taken.add(slot);
    return slot;
  }

  #release(slot: Taken): void {
    if (!this.#taken.delete(slot)) return;
    this.hold(this.#areShort(slot) ? HELD * this.size : this.size);
    const next = this.#line.shift();
    if (next) next(this.#give());
    else this.#tellFree();
  }

  #tellFree(): void {
    for (const tell of this.#whenFree.splice(0)) tell();
  }

  /** The one that has ended, and all that run. */
  #areShort(ended: Taken): boolean {
    const since = performance.now() - SHORT;
    return [ended, ...this.#taken].every((slot) => slot.since > since);
  }

  #wait(): Promise<Slot | null> {
    return new Promise((resolve) => {
      const waiting = (slot: Slot | null) => {
        clearTimeout(timer);
        resolve(slot);
      };
      const timer = setTimeout(() => {
        this.#line = this.#line.filter((each) => each !== waiting);
        this.hold(this.size);
        resolve(null);
      }, PATIENCE);
      this.#line.push(waiting);
    });
  }
}

/**
 * What one worker may have at a time of one queue. A task is claimed at one of two places, then waits there for the end
 * of a run, so that a slot that gets free has its next task already: that was 0.7 ms of 11 for tasks of 10 ms. When its
 * run has ended the slot is free; the result is written, and the message acknowledged, while the next one runs.
 *
 * So a worker may hold more messages than it has slots, but only while runs are short: behind one that takes minutes a
 * message would wait that long. Two at most are claimed and do not run, which a worker that dies counts as failures.
 */
export class Room {
  readonly claiming = new Slots(2);
  readonly running: Slots;

  /** `hold` is told how many messages this worker may hold from now on. */
  constructor(size: number, hold: (messages: number) => void) {
    this.running = new Slots(size, hold);
  }

  /** Gives out no more. */
  close(): void {
    this.claiming.close();
    this.running.close();
  }
}
