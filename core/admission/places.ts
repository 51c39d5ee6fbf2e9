import type { First, KeptRoom } from '#core/admission/kept-room.ts';

/** A place as processes tell each other of it: seconds from now, because their clocks differ. */
export type Taken = { name: string; dueInS: number; comesInS: number; cost: number };

/** Places that are new or have another time, and names that need their places no more. */
export type PlaceChange = { taken?: Taken[] | undefined; left?: string[] | undefined };

/**
 * A tweet that was told to come back, by the list's clock: when there is room for it, when it comes (up to a second later,
 * because Retry-After has whole seconds), and what it costs.
 */
export type Place = First;

/** Seconds that a place is kept for somebody who is late: a browser adds up to 4 s of jitter at its third retry. */
const PATIENCE_S = 5;

/**
 * The tweets that were refused and are to come back, by their names. waiting-list.ts decides when each is to come, and
 * share-places.ts tells the other web processes.
 */
export class Places {
  readonly #byName = new Map<string, Place>();
  /** The same places in the order in which they come. Kept in order, because a refusal goes through all of them. */
  readonly #line: Place[] = [];
  #tell: (change: PlaceChange) => void = () => {};

  constructor(
    private readonly keptRoom: KeptRoom,
    private readonly now: () => number,
  ) {}

  /** The places that are still held, in the order in which they come. */
  get line(): readonly Place[] {
    this.#forgetLate();
    return this.#line;
  }

  /** The same, as other processes are told of it. */
  get taken(): Taken[] {
    const now = this.now();
    return this.line.map(({ name, due, comes, cost }) => ({
      ...{ name, cost, dueInS: due - now, comesInS: comes - now },
    }));
  }

  /** True while nobody holds a place: then there is nothing but the bound to ask for. */
  get isEmpty(): boolean {
    return this.line.length === 0;
  }

  /** The place of a tweet; undefined when it has none, or comes too late. */
  of(name: string): Place | undefined {
    this.#forgetLate();
    return this.#byName.get(name);
  }

  /** Gives a tweet a place, or tells it another time. */
  take(place: Taken): void {
    this.#put(place);
    this.#tell({ taken: [place] });
  }

  /** The tweet was admitted. */
  leave(name: string): void {
    if (this.#leave(name)) this.#tell({ left: [name] });
  }

  /** Calls `tell` with every change that is made here, and not with those that were heard of. */
  onChange(tell: (change: PlaceChange) => void): void {
    this.#tell = tell;
  }

  /** Takes over what another process has changed. */
  hear({ taken = [], left = [] }: PlaceChange): void {
    for (const name of left) this.#leave(name);
    for (const place of taken) this.#put(place);
  }

  #put({ name, dueInS, comesInS, cost }: Taken): void {
    this.#remove(name);
    const now = this.now();
    const place = { name, due: now + dueInS, comes: now + comesInS, cost };
    this.#byName.set(name, place);
    this.#line.splice(this.#line.findLastIndex(({ comes }) => comes <= place.comes) + 1, 0, place);
  }

  #remove(name: string): boolean {
    const place = this.#byName.get(name);
    if (!place) return false;
    this.#line.splice(this.#line.indexOf(place), 1);
    return this.#byName.delete(name);
  }

  #leave(name: string): boolean {
    const isKnown = this.#remove(name);
    if (isKnown) this.keptRoom.came();
    return isKnown;
  }

  #forgetLate(): void {
    for (let [first] = this.#line; first && first.comes + PATIENCE_S < this.now(); [first] = this.#line) {
      this.keptRoom.didNotCome(first.name);
      this.#remove(first.name);
    }
  }
}
