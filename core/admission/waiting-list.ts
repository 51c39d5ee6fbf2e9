import { type Refused, retryAfterS, SMALL } from '#core/admission/admission.ts';
import { type First, type Kept, type KeptOf, KeptRoom } from '#core/admission/kept-room.ts';

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
 *
 * But each of them takes what has just become free; kept-room.ts keeps room for the first in line.
 */
export class WaitingList {
  readonly #places = new Map<string, Place>();
  /** The same places, who comes first is first: a refusal plays them forward, and must cost next to nothing. */
  readonly #line: Place[] = [];
  #tell: (change: PlaceChange) => void = () => {};
  readonly #keptRoom: KeptRoom;

  constructor(private readonly now: () => number = () => performance.now() / 1_000) {
    this.#keptRoom = new KeptRoom(now);
  }

  /** Everybody who holds a place, who comes first is first. */
  get places(): Taken[] {
    this.#forgetLate();
    const now = this.now();
    return this.#line.map(({ name, due, comes, cost }) => ({
      ...{ name, cost, dueInS: due - now, comesInS: comes - now },
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
    for (const name of left) this.#leave(name);
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

  /** What small fan-outs have to leave for the first in line; null when that is no less than they have anyway. */
  kept(bounds: KeptOf): Kept | null {
    this.#forgetLate();
    const [first] = this.#line;
    return first ? this.#keptRoom.of(first, bounds) : null;
  }

  /** The Retry-After of a refusal, in whole seconds; the tweet keeps or gets a place, as long as there are places. */
  retryAfterS(name: string, refused: Refused): number {
    const { expected, cost, reason, rate, roomInS } = refused;
    if (reason !== 'backlog' || expected <= SMALL) return retryAfterS(roomInS);
    const inS = this.#places.has(name) ? roomInS : this.#roomBehindAll(refused);
    if (!this.#places.has(name) && this.#isFull(rate)) return retryAfterS(inS);
    const comesInS = retryAfterS(inS, () => 0); // places are apart already
    const place = { name, dueInS: inS, comesInS, cost };
    this.#put(place);
    this.#tell({ taken: [place] });
    return comesInS;
  }

  /** The tweet was admitted. */
  leave(name: string): void {
    if (this.#leave(name)) this.#tell({ left: [name] });
  }

  /** Now, if that makes nobody late who holds a place; else behind all of them. */
  #roomBehindAll(asked: Asked): number {
    const { taken, cost, limit, rate } = asked;
    const isFirst =
      this.#line.length === 0 || (taken < rate * DRY_S && !this.#keptRoom.isAll(this.#line[0], limit));
    if (isFirst && fits(taken, cost, limit)) return 0;
    if (letsIn(asked, this.#line, { now: this.now() })) return 0;
    return this.#endOfLine(asked, boundsOf(asked));
  }

  #endOfLine({ taken, cost }: Asked, bounds: Bounds): number {
    const line = { taken, at: this.now() };
    for (const place of this.#line) {
      moveTo(line, place.due, bounds.rate);
      line.taken += place.cost;
    }
    // One that is larger than the bound waits for the backlog to be gone.
    const tooMany = Math.min(line.taken, Math.max(0, line.taken + cost - bounds.limit));
    return line.at - this.now() + tooMany / bounds.rate;
  }

  #isFull(rate: number): boolean {
    const promised = this.#line.reduce((sum, { cost }) => sum + cost, 0);
    return promised > rate * LONGEST_S;
  }

  #put({ name, dueInS, comesInS, cost }: Taken): void {
    this.#remove(name);
    const now = this.now();
    const place = { name, due: now + dueInS, comes: now + comesInS, cost };
    this.#places.set(name, place);
    this.#line.splice(this.#line.findLastIndex(({ comes }) => comes <= place.comes) + 1, 0, place);
  }

  #remove(name: string): boolean {
    const place = this.#places.get(name);
    if (!place) return false;
    this.#line.splice(this.#line.indexOf(place), 1);
    return this.#places.delete(name);
  }

  #leave(name: string): boolean {
    const isKnown = this.#remove(name);
    if (isKnown) this.#keptRoom.came();
    return isKnown;
  }

  #forgetLate(): void {
    for (let [first] = this.#line; first && first.comes + PATIENCE_S < this.now(); [first] = this.#line) {
      this.#keptRoom.didNotCome(first.name);
      this.#remove(first.name);
    }
  }
}

/** A place as processes tell each other of it: seconds from now, because their clocks differ. */
export type Taken = { name: string; dueInS: number; comesInS: number; cost: number };

/** Places that were taken or told another time, and names that need theirs no more. */
export type PlaceChange = { taken?: Taken[] | undefined; left?: string[] | undefined };

export type Asked = Pick<Refused, 'cost' | 'taken' | 'limit' | 'rate'>;

/**
 * When there is room for a tweet, when it comes, which is up to a second later since Retry-After has whole seconds, both
 * by the list's clock; and what it costs.
 */
type Place = First;

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
  if (!fits(asked.taken, asked.cost, bounds.limit)) return false;
  const without = { taken: asked.taken, at: now };
  const including = { taken: asked.taken + asked.cost, at: now };
  for (const place of line) {
    if (place === own) continue;
    if (including.taken === without.taken) return true;
    if (moveUp(without, place, asked) && !moveUp(including, place, bounds)) return false;
  }
  return true;
}

type Line = { taken: number; at: number };

/** Goes on until a place's tweet comes and admits it; false when it does not fit then. */
function moveUp(line: Line, { comes, cost }: Place, { limit, rate }: Bounds): boolean {
  moveTo(line, comes, rate);
  if (!fits(line.taken, cost, limit)) return false;
  line.taken += cost;
  return true;
}

/** Goes on to a time, if that is ahead: so much less waits then. */
function moveTo(line: Line, time: number, rate: number): void {
  const at = Math.max(line.at, time);
  line.taken = Math.max(0, line.taken - rate * (at - line.at));
  line.at = at;
}

const fits = (taken: number, cost: number, limit: number) => taken <= 0 || taken + cost <= limit;
