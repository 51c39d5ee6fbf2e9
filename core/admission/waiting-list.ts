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
 * It lives in one web process and says no more than when to come: the bound is kept by Postgres alone. With several
 * web processes each tells times as if it were the only one, and more of those who come back are told to wait again.
 * Small fan-outs need no place, they have a share of their own.
 */
export class WaitingList {
  readonly #places = new Map<string, Place>();

  constructor(private readonly now: () => number = () => performance.now() / 1_000) {}

  /** Seconds until a large fan-out may be admitted for all that is promised to others; 0 when it may now. */
  roomInS(name: string, asked: Asked): number {
    this.#forgetLate();
    const own = this.#places.get(name);
    if (!own) return this.#roomBehindAll(asked);
    return this.#isRoomBefore(own, asked) ? 0 : Math.max(0, own.due - this.now());
  }

  /** Room came earlier than was told, as when a pause ends: for somebody with a place, if it makes no other late. */
  #isRoomBefore(own: Place, asked: Asked): boolean {
    const others = [...this.#places.values()].filter((place) => place !== own);
    return letsAllIn(asked, others, this.now());
  }

  /** The Retry-After of a refusal, in whole seconds; the tweet keeps or gets a place, as long as there are places. */
  retryAfterS(name: string, refused: Refused): number {
    const { expected, reason, rate, roomInS } = refused;
    if (reason !== 'backlog' || expected <= SMALL) return retryAfterS(roomInS);
    const inS = this.#places.has(name) ? roomInS : this.#roomBehindAll(refused);
    if (!this.#places.has(name) && this.#isFull(rate)) return retryAfterS(inS);
    this.#places.set(name, { due: this.now() + inS, expected });
    return retryAfterS(inS, () => 0); // places are apart already
  }

  /** The tweet was admitted. */
  leave(name: string): void {
    this.#places.delete(name);
  }

  /** Now, if that makes nobody late who holds a place; else behind all of them. */
  #roomBehindAll(asked: Asked): number {
    const places = [...this.#places.values()].sort((a, b) => a.due - b.due);
    const { backlog, expected } = asked;
    if (places.length === 0 && fits(backlog, expected, asked.limit)) return 0;
    if (letsAllIn(asked, places, this.now())) return 0;
    return this.#endOfLine(asked, places, boundsOf(asked));
  }

  #endOfLine({ backlog, expected }: Asked, places: Place[], bounds: Bounds): number {
    const line = { backlog, at: this.now() };
    for (const place of places) moveUp(line, place, bounds);
    // One that is larger than the bound waits for the backlog to be gone.
    const tooMany = Math.min(line.backlog, Math.max(0, line.backlog + expected - bounds.limit));
    return line.at - this.now() + tooMany / bounds.rate;
  }

  #isFull(rate: number): boolean {
    const promised = [...this.#places.values()].reduce((sum, { expected }) => sum + expected, 0);
    return promised > rate * LONGEST_S;
  }

  #forgetLate(): void {
    for (const [name, { due }] of this.#places) if (due + PATIENCE_S < this.now()) this.#places.delete(name);
  }
}

export type Asked = Pick<Refused, 'expected' | 'backlog' | 'limit' | 'rate'>;

/** When a tweet may come back, in seconds by the list's clock, and its deliveries. */
type Place = { due: number; expected: number };

/**
 * The part of the bound that only those who hold a place may use. Their times rest on a measured rate, which moves:
 * without it, each time that it was a little too high would turn everybody away who came.
 */
const HEADROOM = 0.15;

/** Seconds of work that may be waited for in line: beyond it nobody knows, and who does not come costs no more. */
const LONGEST_S = 60;

/** Seconds that a place is kept for somebody who is late: a browser adds up to 4 s of jitter at its third retry. */
const PATIENCE_S = 5;

type Bounds = { limit: number; rate: number };

/** What may be promised without making those late who hold a place. */
const boundsOf = ({ rate, limit }: Asked): Bounds => ({ rate, limit: limit * (1 - HEADROOM) });

/** True when there is room now, and everybody with one of these places still finds room in time. */
function letsAllIn(asked: Asked, places: Place[], now: number): boolean {
  const bounds = boundsOf(asked);
  if (!fits(asked.backlog, asked.expected, bounds.limit)) return false;
  const line = { backlog: asked.backlog + asked.expected, at: now };
  return [...places].sort((a, b) => a.due - b.due).every((place) => moveUp(line, place, bounds));
}
type Line = { backlog: number; at: number };

/** Goes on to a place's time and admits it; false when it does not fit then. */
function moveUp(
  line: Line,
  { due, expected }: Place,
  { limit, rate }: { limit: number; rate: number },
): boolean {
  const at = Math.max(line.at, due);
  const left = Math.max(0, line.backlog - rate * (at - line.at));
  line.at = at;
  line.backlog = left + expected;
  return fits(left, expected, limit);
}

const fits = (backlog: number, expected: number, limit: number) =>
  backlog <= 0 || backlog + expected <= limit;
