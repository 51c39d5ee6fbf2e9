import {
  type AdmissionLimits,
  type Backlog,
  type Bounds,
  boundsFor,
  costOf,
  type FullStore,
  fullStore,
  keptFor,
  limitFor,
  type Promised,
  SMALL,
  sureRate,
  takenBy,
} from '#core/admission/admission.ts';
import { FAN_OUT_COST } from '#core/admission/fan-out-cost.ts';
import type { Kept } from '#core/admission/kept-room.ts';

/** What is known of a tweet that there is no room for. */
export type Refused = {
  /**
   * Why there is no room: the backlog is full, it is full and deliveries are paused, its room is kept for a large tweet, or
   * a store's memory is nearly full.
   */
  reason: 'backlog' | 'paused' | 'room kept' | FullStore;
  /** Deliveries that the tweet would have promised. */
  expected: number;
  /** The tweet's cost, what is taken of the bound, the bound for this tweet, and the sure rate that estimates rest on. */
  cost: number;
  taken: number;
  limit: number;
  rate: number;
  /** What the backlog consists of. */
  backlog: Promised;
  /** Seconds until there is room, by Little's law; not jittered. */
  roomInS: number;
};

/** Seconds until it is worth asking again when nobody knows: somebody has to free memory, or to end the pause. */
const UNKNOWN_WAIT_S = 30;

/**
 * Says why a tweet to `expected` followers does not fit behind `backlog`; null when it does. A tweet that costs more than
 * the bound is admitted into an empty system, or it could never be posted. A tweet to nobody always fits. A small tweet also
 * has to leave the room that is kept for a large one, see kept-room.ts.
 */
export function refuse(expected: number, backlog: Backlog, limits: AdmissionLimits): Refused | null {
  if (expected === 0) return null;
  const found = find(expected, backlog, limits);
  const full = fullStore(limits.memory);
  if (full) return { reason: full, ...found, roomInS: UNKNOWN_WAIT_S };
  const kept = expected <= SMALL ? keptFor(backlog, limits) : null;
  const roomInS = Math.max(roomInBacklog(found), roomInLine(found, limits));
  if (roomInS === 0 && (!kept || leaves(kept, found))) return null;
  if (backlog.paused) return { reason: 'paused', ...found, roomInS: UNKNOWN_WAIT_S };
  if (!kept) return { reason: 'backlog', ...found, roomInS };
  return {
    reason: 'room kept',
    ...found,
    limit: kept.bound,
    roomInS: Math.max(roomInS, roomBehind(kept, found)),
  };
}

/** For a tweet that would fit behind `backlog`, if others had not taken the room each time. */
export const outrun = (expected: number, backlog: Backlog, limits: AdmissionLimits): Refused => ({
  reason: 'backlog',
  ...find(expected, backlog, limits),
  roomInS: 0,
});

/**
 * The bounds for a tweet that {@link refuse} has let in behind this backlog. For a large tweet the line has decided, and
 * its decision still holds when one small tweet more comes in between. Behind more than that the line is asked again.
 * While nobody stands in line there is nothing to ask: large tweets that come in a crowd would only overtake each other.
 */
export function boundsBehind(expected: number, backlog: Backlog, limits: AdmissionLimits): Bounds {
  const bound = limitFor(expected, backlog, limits);
  const most = takenBy(backlog) + costOf(SMALL) + costOf(expected);
  const isLined = limits.waiting !== undefined && !limits.waiting.list.places.isEmpty;
  return { ...boundsFor(backlog, limits), large: isLined ? Math.min(bound, most) : bound };
}

type Found = Omit<Refused, 'reason' | 'roomInS'>;

function find(expected: number, backlog: Backlog, limits: AdmissionLimits): Found {
  const { deliveries, fanOuts } = backlog;
  return {
    expected,
    cost: costOf(expected),
    taken: takenBy(backlog),
    limit: limitFor(expected, backlog, limits),
    rate: sureRate(backlog),
    backlog: { deliveries, fanOuts },
  };
}

/** Seconds until there is room, by Little's law. A tweet that costs more than the bound waits until the backlog is gone. */
function roomInBacklog({ cost, taken, limit, rate }: Found): number {
  return Math.max(0, Math.min(taken, taken + cost - limit)) / rate;
}

function roomInLine(found: Found, { waiting }: AdmissionLimits): number {
  if (!waiting || found.expected <= SMALL) return 0;
  return waiting.list.roomInS(waiting.name, found);
}

/** Compares as `post_tweets` does with the bound of a small tweet. */
const leaves = ({ bound }: Kept, { taken, cost }: Found): boolean =>
  bound > FAN_OUT_COST && (taken <= 0 || taken + cost <= bound);

/** Seconds until the large tweet has come and enough is done that this one fits behind it. */
function roomBehind(kept: Kept, { taken, cost, limit, rate }: Found): number {
  const then = Math.max(0, taken - rate * kept.comesInS) + kept.cost;
  return kept.comesInS + Math.max(0, then + cost - limit) / rate;
}

/** Whole seconds for a Retry-After header: never too early, and up to a quarter more, so that not all come back at once. */
export function retryAfterS(roomInS: number, random: () => number = Math.random): number {
  return Math.max(1, Math.ceil(roomInS * (1 + random() / 4)));
}
