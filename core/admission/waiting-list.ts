import { SMALL } from '#core/admission/admission.ts';
import { type Kept, type KeptOf, KeptRoom } from '#core/admission/kept-room.ts';
import { type Place, Places } from '#core/admission/places.ts';
import { type Refused, retryAfterS } from '#core/admission/refuse.ts';

/**
 * Makes Retry-After a place in a line. Little's law says when there is room. But without places, whoever happens to ask at
 * that moment takes it: at three times the capacity, only 23 % of those who came back at their time got in, and at ten times
 * 2 %. With places, each refusal is told a later time than the one before, and a newcomer is admitted only if that makes
 * nobody late who holds a place.
 *
 *     newcomer ──room, also for all places──▶ admitted
 *        │ none                                  ▲
 *        ▼                                       │ comes back at its time, with the same key
 *      place ────────────────────────────────────┘
 *        └── does not come within a while ──▶ forgotten
 *
 * It only says when to come; Postgres alone keeps the bound. Each web process has a list and tells the others of every
 * change, see share-places.ts. So asking the list costs no round trip, and a process that is cut off goes on with what it
 * knows. Small fan-outs need no place, because they have a share of their own. But each of them takes what has just become
 * free, so kept-room.ts keeps room for the first in line.
 */
export class WaitingList {
  readonly places: Places;
  readonly #keptRoom: KeptRoom;

  constructor(private readonly now: () => number = () => performance.now() / 1_000) {
    this.#keptRoom = new KeptRoom(now);
    this.places = new Places(this.#keptRoom, now);
  }

  /** Seconds until a large fan-out may be admitted for all that is promised to others; 0 when it may now. */
  roomInS(name: string, asked: Asked): number {
    const own = this.places.of(name);
    if (!own) return this.#roomBehindAll(asked);
    // There may be room earlier than was told, as when a pause ends. Take it, if that makes nobody else late.
    if (letsIn(asked, this.places.line, { now: this.now(), own })) return 0;
    return Math.max(0, own.due - this.now());
  }

  /** What small fan-outs may use, because of the first in line; null when it does not bound them. */
  kept(bounds: KeptOf): Kept | null {
    const [first] = this.places.line;
    return first ? this.#keptRoom.of(first, bounds) : null;
  }

  /** The Retry-After of a refusal, in whole seconds. The tweet keeps its place, or gets one while there are places. */
  retryAfterS(name: string, refused: Refused): number {
    const { expected, cost, reason, rate, roomInS } = refused;
    if (reason !== 'backlog' || expected <= SMALL) return retryAfterS(roomInS);
    const hasPlace = this.places.of(name) !== undefined;
    const inS = hasPlace ? roomInS : this.#roomBehindAll(refused);
    if (!hasPlace && this.#isFull(rate)) return retryAfterS(inS);
    const comesInS = retryAfterS(inS, () => 0); // places are apart already
    this.places.take({ name, dueInS: inS, comesInS, cost });
    return comesInS;
  }

  /** Seconds until there is room for a newcomer: 0 if that makes nobody late who holds a place, else behind all of them. */
  #roomBehindAll(asked: Asked): number {
    const { taken, cost, limit, rate } = asked;
    const { line } = this.places;
    const isFirst = line.length === 0 || (taken < rate * DRY_S && !this.#keptRoom.isAll(line[0], limit));
    if (isFirst && fits(taken, cost, limit)) return 0;
    if (letsIn(asked, line, { now: this.now() })) return 0;
    return this.#endOfLine(asked, boundsOf(asked));
  }

  #endOfLine({ taken, cost }: Asked, bounds: Bounds): number {
    const line = { taken, at: this.now() };
    for (const place of this.places.line) {
      moveTo(line, place.due, bounds.rate);
      line.taken += place.cost;
    }
    // A tweet that is larger than the bound waits until the backlog is gone.
    const tooMany = Math.min(line.taken, Math.max(0, line.taken + cost - bounds.limit));
    return line.at - this.now() + tooMany / bounds.rate;
  }

  #isFull(rate: number): boolean {
    const promised = this.places.line.reduce((sum, { cost }) => sum + cost, 0);
    return promised > rate * LONGEST_S;
  }
}

/** A tweet that asks for room, and what is known of the room. */
export type Asked = Pick<Refused, 'cost' | 'taken' | 'limit' | 'rate'>;

/**
 * The part of the bound that only those may use who hold a place. Their times rest on a measured rate, which moves. Without
 * this part, everybody would be turned away who comes while the rate is a little lower. With 0.15, 89 % of those who came
 * at their time got in, on a machine whose rate moved by a fifth meanwhile.
 */
const HEADROOM = 0.25;

/**
 * When less than so many seconds of work are left, a newcomer is admitted, whatever was promised: whoever holds a place
 * and does not come must not leave the workers without work.
 */
const DRY_S = 0.5;

/** So many seconds of work may stand in line. Later times would be guesses, and more places would only cost memory. */
const LONGEST_S = 60;

type Bounds = { limit: number; rate: number };

/** What may be promised without making those late who hold a place. */
const boundsOf = ({ rate, limit }: Asked): Bounds => ({ rate, limit: limit * (1 - HEADROOM) });

/**
 * True when there is room now, and nobody else with a place would be late because of it. A place that will find no room in
 * any case, as after the rate has fallen, does not count: turning others away for it would leave workers without work.
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

/** Goes on to the time at which a place's tweet comes, and admits it. False when it does not fit then. */
function moveUp(line: Line, { comes, cost }: Place, { limit, rate }: Bounds): boolean {
  moveTo(line, comes, rate);
  if (!fits(line.taken, cost, limit)) return false;
  line.taken += cost;
  return true;
}

/** Goes on to a time, unless it is past. Until then, the workers have done so much more. */
function moveTo(line: Line, time: number, rate: number): void {
  const at = Math.max(line.at, time);
  line.taken = Math.max(0, line.taken - rate * (at - line.at));
  line.at = at;
}

const fits = (taken: number, cost: number, limit: number) => taken <= 0 || taken + cost <= limit;
