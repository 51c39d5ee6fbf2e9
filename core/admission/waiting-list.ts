import { type Refused, retryAfterS, SMALL } from '#core/admission/admission.ts';

/**
 * Makes Retry-After a place in a line. Little's law says when there is room, but without a place it is taken by whoever
 * happens to ask at that moment: at three times the capacity 23 % of those who came back when they were told to got
 * in, at ten times 2 %. With places, each refusal is told a later time than the one before, and newcomers are admitted
 * only where that makes nobody late who holds a place.
 *
 *     newcomer ──room, also for all places──▶ admitted
 *        │ none                                  ▲
 *        ▼                                       │ comes back at its time, with the same key
 *      place ────────────────────────────────────┘
 *        └── does not come within a while ──▶ forgotten
 *
 * It says no more than when to come: the bound is kept by Postgres alone. Each web process has a list and tells the
 * others of every change, see share-places.ts: asking it costs nobody a round trip, and a process that is cut off goes
 * on with what it knows. Small fan-outs need no place, they have a share of their own.
 */
export class WaitingList {
  readonly #places = new Map<string, Place>();
  /** The same places, who comes first is first: a refusal plays them forward, and must cost next to nothing. */
  readonly #line: Place[] = [];
  #tell: (change: PlaceChange) => void = () => {};

  constructor(private readonly now: () => number = () => performance.now() / 1_000) {}

  /** Everybody who holds a place, who comes first is first. */
  get places(): Taken[] {
    this.#forgetLate();
    const now = this.now();
    return this.#line.map(({ name, due, comes, expected }) => ({
      ...{ name, expected, dueInS: due - now, comesInS: comes - now },
    }));
  }

  /** True while nobody holds a place: then there is nothing but the bound to ask for. */
  get isEmpty(): boolean {
    this.#forgetLate();
    return this.#line.length === 0;
  }

  /** Calls `tell` with every change that is made here, and not with those that were heard of. */
  onChange(tell: (change: PlaceChange) => void): void {
    this.#tell = tell;
  }

  /** Takes over what another process has changed. */
  hear({ taken = [], left = [] }: PlaceChange): void {
    for (const name of left) this.#remove(name);
    for (const place of taken) this.#put(place);
  }

  /** Seconds until a large fan-out may be admitted for all that is promised to others; 0 when it may now. */
  roomInS(name: string, asked: Asked): number {
    this.#forgetLate();
    const own = this.#places.get(name);
    if (!own) return this.#roomBehindAll(asked);
    // Room came earlier than was told, as when a pause ends: for somebody with a place, if it makes no other late.
    if (letsIn(asked, this.#line, { now: this.now(), own })) return 0;
    return Math.max(0, own.due - this.now());
  }

  /** The Retry-After of a refusal, in whole seconds; the tweet keeps or gets a place, as long as there are places. */
  retryAfterS(name: string, refused: Refused): number {
    const { expected, reason, rate, roomInS } = refused;
    if (reason !== 'backlog' || expected <= SMALL) return retryAfterS(roomInS);
    const inS = this.#places.has(name) ? roomInS : this.#roomBehindAll(refused);
    if (!this.#places.has(name) && this.#isFull(rate)) return retryAfterS(inS);
    const comesInS = retryAfterS(inS, () => 0); // places are apart already
    const place = { name, dueInS: inS, comesInS, expected };
    this.#put(place);
    this.#tell({ taken: [place] });
    return comesInS;
  }

  /** The tweet was admitted. */
  leave(name: string): void {
    if (this.#remove(name)) this.#tell({ left: [name] });
  }

  /** Now, if that makes nobody late who holds a place; else behind all of them. */
  #roomBehindAll(asked: Asked): number {
    const { backlog, expected, limit, rate } = asked;
    const isFirst = this.#line.length === 0 || backlog < rate * DRY_S;
    if (isFirst && fits(backlog, expected, limit)) return 0;
    if (letsIn(asked, this.#line, { now: this.now() })) return 0;
    return this.#endOfLine(asked, boundsOf(asked));
  }

  #endOfLine({ backlog, expected }: Asked, bounds: Bounds): number {
    const line = { backlog, at: this.now() };
    for (const place of this.#line) {
      moveTo(line, place.due, bounds.rate);
      line.backlog += place.expected;
    }
    // One that is larger than the bound waits for the backlog to be gone.
    const tooMany = Math.min(line.backlog, Math.max(0, line.backlog + expected - bounds.limit));
    return line.at - this.now() + tooMany / bounds.rate;
  }

  #isFull(rate: number): boolean {
    const promised = this.#line.reduce((sum, { expected }) => sum + expected, 0);
    return promised > rate * LONGEST_S;
  }

  #put({ name, dueInS, comesInS, expected }: Taken): void {
    this.#remove(name);
    const now = this.now();
    const place = { name, due: now + dueInS, comes: now + comesInS, expected };
    this.#places.set(name, place);
    this.#line.splice(this.#line.findLastIndex(({ comes }) => comes <= place.comes) + 1, 0, place);
  }

  #remove(name: string): boolean {
    const place = this.#places.get(name);
    if (!place) return false;
    this.#line.splice(this.#line.indexOf(place), 1);
    return this.#places.delete(name);
  }

  #forgetLate(): void {
    for (let [first] = this.#line; first && first.comes + PATIENCE_S < this.now(); [first] = this.#line)
      this.#remove(first.name);
  }
}

/** A place as processes tell each other of it: seconds from now, because their clocks differ. */
export type Taken = { name: string; dueInS: number; comesInS: number; expected: number };

/** Places that were taken or told another time, and names that need theirs no more. */
export type PlaceChange = { taken?: Taken[] | undefined; left?: string[] | undefined };

export type Asked = Pick<Refused, 'expected' | 'backlog' | 'limit' | 'rate'>;

/**
 * When there is room for a tweet, when it comes, which is up to a second later since Retry-After has whole seconds, both
 * by the list's clock; and its deliveries.
 */
type Place = { name: string; due: number; comes: number; expected: number };

/**
 * The part of the bound that only those who hold a place may use. Their times rest on a measured rate, which moves:
 * without it, each time that it was a little too high would turn everybody away who came. With 0.15, 89 % of those who
 * came when they were told to got in, on a machine whose rate moved by a fifth meanwhile.
 */
const HEADROOM = 0.25;

/**
 * Seconds of work left at which a newcomer is admitted whatever was promised: whoever holds a place and does not come
 * must not leave the workers without work.
 */
const DRY_S = 0.5;

/** Seconds of work that may be waited for in line: beyond it nobody knows, and who does not come costs no more. */
const LONGEST_S = 60;

/** Seconds that a place is kept for somebody who is late: a browser adds up to 4 s of jitter at its third retry. */
const PATIENCE_S = 5;

type Bounds = { limit: number; rate: number };

/** What may be promised without making those late who hold a place. */
const boundsOf = ({ rate, limit }: Asked): Bounds => ({ rate, limit: limit * (1 - HEADROOM) });

/**
 * True when there is room now, and nobody else with a place would be late for it. Who will find no room in any case, as
 * after the rate has fallen, is no reason to turn others away: it would leave workers without work for nothing.
 */
function letsIn(asked: Asked, line: readonly Place[], { now, own }: { now: number; own?: Place }): boolean {
  const bounds = boundsOf(asked);
  if (!fits(asked.backlog, asked.expected, bounds.limit)) return false;
  const without = { backlog: asked.backlog, at: now };
  const including = { backlog: asked.backlog + asked.expected, at: now };
  for (const place of line) {
    if (place === own) continue;
    if (including.backlog === without.backlog) return true;
    if (moveUp(without, place, asked) && !moveUp(including, place, bounds)) return false;
  }
  return true;
}

type Line = { backlog: number; at: number };

/** Goes on until a place's tweet comes and admits it; false when it does not fit then. */
function moveUp(line: Line, { comes, expected }: Place, { limit, rate }: Bounds): boolean {
  moveTo(line, comes, rate);
  if (!fits(line.backlog, expected, limit)) return false;
  line.backlog += expected;
  return true;
}

/** Goes on to a time, if that is ahead: so much less waits then. */
function moveTo(line: Line, time: number, rate: number): void {
  const at = Math.max(line.at, time);
  line.backlog = Math.max(0, line.backlog - rate * (at - line.at));
  line.at = at;
}

const fits = (backlog: number, expected: number, limit: number) =>
  backlog <= 0 || backlog + expected <= limit;
