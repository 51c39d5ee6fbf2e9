import type { Kept } from '#core/admission/kept-room.ts';
import { type FullStore, fullStore, type StoresMemory } from '#core/admission/store-memory.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';

/** Bounds on what may be promised. */
export type AdmissionLimits = {
  /** The longest that an admitted delivery may wait, in seconds. */
  maxWaitS: number;
  /** What the backlog may cost, in deliveries; given, it takes the place of rate × maxWaitS. */
  maxBacklog?: number | undefined;
  /** Of the stores that promises fill: nothing more is promised while one of them is nearly full. */
  memory?: StoresMemory;
  /** Who was refused before and is to come back, and how this tweet is called there. */
  waiting?: { list: Pick<WaitingList, 'roomInS' | 'isEmpty' | 'kept'>; name: string };
};

/**
 * What a fan-out costs beside its deliveries, in deliveries: its rows, its message and its round trips. The machine that
 * does 900,000 deliveries a second of a tweet to a million does 2,100 small tweets a second (docs/figures.md), which is
 * one for some 430 deliveries, its own among them. The rate is measured in the same unit, so that a machine on which the
 * two are further apart finds out; see docs/decisions/028.
 */
export const FAN_OUT_COST = 400;

/** What a tweet takes of the bound, in deliveries; one to nobody takes nothing. */
export const costOf = (expected: number): number => (expected === 0 ? 0 : expected + FAN_OUT_COST);

/** Cost done a second while there is work (0: never measured), and how far its samples are from it, in the mean. */
export type MeasuredRate = { rate: number; deviation?: number };

/** Deliveries promised and not done, and of how many fan-outs. */
export type Promised = { deliveries: number; fanOuts: number };

/** What is promised and not done, how much is done a second, and whether none is on purpose. */
export type Backlog = MeasuredRate & Promised & { paused?: boolean };

/** What of the bound is taken, in deliveries. */
export const takenBy = ({ deliveries, fanOuts }: Promised): number => deliveries + FAN_OUT_COST * fanOuts;

/** The cost of all that was ever done, in deliveries; what it grows by in a second is what the rate is measured in. */
export const costOfDone = ({ done, fanOutsDone }: { done: number; fanOutsDone: number }): number =>
  done + FAN_OUT_COST * fanOutsDone;

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

/** Until a rate was measured: half of what the slowest machine that we know does. */
const ASSUMED_RATE = 150_000;

/** So many mean deviations below the rate is what a promise rests on: by chance, a second is hardly ever slower. */
const MARGIN = 2;
/** At most this share is taken off: what was measured under a fault must not shut everybody out. */
const LEAST_SHARE = 0.5;

/** The part of the bound that only fan-outs up to SMALL may use: a celebrity cannot shut everyone else out. */
const RESERVED_SHARE = 0.1;
/** Deliveries up to which a fan-out is small. */
export const SMALL = 5_000;

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
 * What the backlog may cost with a tweet in it, small or large, for whoever can only compare; null: nothing may be promised
 * before {@link refuse} was asked. `rate` is the one that this was computed from; null: it holds for any.
 */
export type Bounds = { small: number | null; large: number | null; rate: Required<MeasuredRate> | null };

/** The bounds while nobody has looked at the backlog. Where large ones stand in line, the line has to see it first. */
export function boundsFor(measured: MeasuredRate, limits: AdmissionLimits): Bounds {
  const { rate, deviation = 0 } = measured;
  const restsOn = limits.maxBacklog === undefined ? { rate, deviation } : null;
  if (fullStore(limits.memory)) return { small: null, large: null, rate: restsOn };
  const large = limits.waiting && !limits.waiting.list.isEmpty ? null : limitFor(SMALL + 1, measured, limits);
  return { small: smallBound(measured, limits), large, rate: restsOn };
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

/** Null where not even a tweet to one fits: an empty system would take it all the same. */
function smallBound(measured: MeasuredRate, limits: AdmissionLimits): number | null {
  const kept = keptFor(measured, limits);
  if (!kept) return limitFor(SMALL, measured, limits);
  return kept.bound > FAN_OUT_COST ? kept.bound : null;
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

/** What small tweets have to leave for a large one; null when that is no less than they may use in any case. */
function keptFor(measured: MeasuredRate, limits: AdmissionLimits): Kept | null {
  const whole = backlogLimit(measured, limits);
  const bounds = { whole, limit: limitFor(SMALL + 1, measured, limits), rate: sureRate(measured) };
  return limits.waiting?.list.kept(bounds) ?? null;
}

/** As post_tweets compares with the bound of {@link smallBound}. */
const leaves = ({ bound }: Kept, { taken, cost }: Found): boolean =>
  bound > FAN_OUT_COST && (taken <= 0 || taken + cost <= bound);

/** When the large one has come, and so much of all is gone that this one fits behind it. */
function roomBehind(kept: Kept, { taken, cost, limit, rate }: Found): number {
  const then = Math.max(0, taken - rate * kept.comesInS) + kept.cost;
  return kept.comesInS + Math.max(0, then + cost - limit) / rate;
}

/** The rate that may be relied on: the measured one, less what it varies by. */
export function sureRate({ rate, deviation = 0 }: MeasuredRate): number {
  return rate === 0 ? ASSUMED_RATE : Math.max(rate - MARGIN * deviation, LEAST_SHARE * rate);
}

/** The most that the backlog may cost, in deliveries. */
export function backlogLimit(measured: MeasuredRate, { maxWaitS, maxBacklog }: AdmissionLimits): number {
  return maxBacklog ?? Math.floor(sureRate(measured) * maxWaitS);
}

function limitFor(expected: number, measured: MeasuredRate, limits: AdmissionLimits): number {
  const bound = backlogLimit(measured, limits);
  return expected <= SMALL ? bound : Math.floor(bound * (1 - RESERVED_SHARE));
}

/** Whole seconds for a Retry-After header: never early, spread over a quarter so that not all come back at once. */
export function retryAfterS(roomInS: number, random: () => number = Math.random): number {
  return Math.max(1, Math.ceil(roomInS * (1 + random() / 4)));
}
