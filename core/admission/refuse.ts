import {
  type AdmissionLimits,
  type Backlog,
  type Bounds,
  boundsFor,
  costOf,
  FAN_OUT_COST,
  type FullStore,
  fullStore,
  keptFor,
  limitFor,
  type Promised,
  SMALL,
  sureRate,
  takenBy,
} from '#core/admission/admission.ts';
import type { Kept } from '#core/admission/kept-room.ts';

/** What is known of a tweet that there is no room for. */
export type Refused = {
  /**
   * What there is no room in: the backlog, one that nobody works off because of a pause, one in which the room is kept
   * for a large tweet, or a store's memory.
   */
  reason: 'backlog' | 'paused' | 'kept' | FullStore;
  /** Deliveries that the tweet would have promised. */
  expected: number;
  /** What it takes of the bound, what is taken, the bound for this tweet, and the sure rate that all estimates rest on. */
  cost: number;
  taken: number;
  limit: number;
  rate: number;
  /** What the backlog consists of. */
  backlog: Promised;
  /** Seconds until there is room, by Little's law; not jittered. */
  roomInS: number;
};

/** Seconds until it is worth asking again where nobody knows: somebody has to give memory, or to end the pause. */
const UNKNOWN_WAIT_S = 30;

/**
 * Whether a tweet to `expected` followers fits behind `backlog`; null when it does. One that costs more than the bound is
 * admitted into an empty system, or it could never be posted; one to nobody always fits. A small one also has to leave
 * the room that is kept for a large one, see waiting-list.ts.
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
  return { reason: 'kept', ...found, limit: kept.bound, roomInS: Math.max(roomInS, roomBehind(kept, found)) };
}

/**
 * The bounds for a tweet that {@link refuse} has let in behind this backlog. The line has decided for this one, so that
 * a large tweet is let in behind as much as a small one more, and the line is asked again behind more than that.
 */
export function boundsBehind(expected: number, backlog: Backlog, limits: AdmissionLimits): Bounds {
  const bound = limitFor(expected, backlog, limits);
  const most = takenBy(backlog) + costOf(SMALL) + costOf(expected);
  return { ...boundsFor(backlog, limits), large: limits.waiting ? Math.min(bound, most) : bound };
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

/** By Little's law; a tweet that costs more than the bound waits for the backlog to be gone. */
function roomInBacklog({ cost, taken, limit, rate }: Found): number {
  return Math.max(0, Math.min(taken, taken + cost - limit)) / rate;
}

function roomInLine(found: Found, { waiting }: AdmissionLimits): number {
  if (!waiting || found.expected <= SMALL) return 0;
  return waiting.list.roomInS(waiting.name, found);
}

/** As post_tweets compares with the bound of `boundsFor`. */
const leaves = ({ bound }: Kept, { taken, cost }: Found): boolean =>
  bound > FAN_OUT_COST && (taken <= 0 || taken + cost <= bound);

/** When the large one has come, and so much of all is gone that this one fits behind it. */
function roomBehind(kept: Kept, { taken, cost, limit, rate }: Found): number {
  const then = Math.max(0, taken - rate * kept.comesInS) + kept.cost;
  return kept.comesInS + Math.max(0, then + cost - limit) / rate;
}

/** Whole seconds for a Retry-After header: never early, spread over a quarter so that not all come back at once. */
export function retryAfterS(roomInS: number, random: () => number = Math.random): number {
  return Math.max(1, Math.ceil(roomInS * (1 + random() / 4)));
}
