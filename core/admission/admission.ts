import { type FullStore, fullStore, type StoresMemory } from '#core/admission/store-memory.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';

/** Bounds on what may be promised. */
export type AdmissionLimits = {
  /** The longest that an admitted delivery may wait, in seconds. */
  maxWaitS: number;
  /** Deliveries; given, it takes the place of rate × maxWaitS. */
  maxBacklog?: number | undefined;
  /** Of the stores that promises fill: nothing more is promised while one of them is nearly full. */
  memory?: StoresMemory;
  /** Who was refused before and is to come back, and how this tweet is called there. */
  waiting?: { list: Pick<WaitingList, 'roomInS' | 'isEmpty'>; name: string };
};

/** Deliveries done a second while there is work (0: never measured), and how far its samples are from it, in the mean. */
export type MeasuredRate = { rate: number; deviation?: number };

/** Deliveries promised and not done, how many are done a second, and whether none is on purpose. */
export type Backlog = MeasuredRate & { deliveries: number; paused?: boolean };

export type Refused = {
  /** What there is no room in: the backlog, one that nobody works off because of a pause, or a store's memory. */
  reason: 'backlog' | 'paused' | FullStore;
  /** Deliveries that the tweet would have promised. */
  expected: number;
  /** Deliveries in the backlog, the bound for this tweet, and the sure rate that both estimates rest on. */
  backlog: number;
  limit: number;
  rate: number;
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
 * Whether `expected` more deliveries fit behind `backlog`; null when they do. A tweet larger than the bound is admitted
 * into an empty system, or it could never be posted; one to nobody always fits.
 */
export function refuse(expected: number, backlog: Backlog, limits: AdmissionLimits): Refused | null {
  if (expected === 0) return null;
  const rate = sureRate(backlog);
  const limit = limitFor(expected, backlog, limits);
  const found = { expected, backlog: backlog.deliveries, limit, rate };
  const full = fullStore(limits.memory);
  if (full) return { reason: full, ...found, roomInS: UNKNOWN_WAIT_S };
  const roomInS = Math.max(roomInBacklog(found), roomInLine(found, limits));
  if (roomInS === 0) return null;
  if (backlog.paused) return { reason: 'paused', ...found, roomInS: UNKNOWN_WAIT_S };
  return { reason: 'backlog', ...found, roomInS };
}

/**
 * What the backlog may hold with a tweet in it, small or large, for whoever can only compare; null: nothing may be promised
 * before {@link refuse} was asked. `rate` is the one that this was computed from; null: it holds for any.
 */
export type Bounds = { small: number | null; large: number | null; rate: Required<MeasuredRate> | null };

/** The bounds while nobody has looked at the backlog. Where large ones stand in line, the line has to see it first. */
export function boundsFor(measured: MeasuredRate, limits: AdmissionLimits): Bounds {
  const { rate, deviation = 0 } = measured;
  const restsOn = limits.maxBacklog === undefined ? { rate, deviation } : null;
  if (fullStore(limits.memory)) return { small: null, large: null, rate: restsOn };
  const large = limits.waiting && !limits.waiting.list.isEmpty ? null : limitFor(SMALL + 1, measured, limits);
  return { small: limitFor(SMALL, measured, limits), large, rate: restsOn };
}

/**
 * The bounds for a tweet that {@link refuse} has let in behind this backlog. The line has decided for this one, so that
 * a large tweet is let in behind as much as a small one more, and the line is asked again behind more than that.
 */
export function boundsBehind(expected: number, backlog: Backlog, limits: AdmissionLimits): Bounds {
  const bound = limitFor(expected, backlog, limits);
  const large = limits.waiting ? Math.min(bound, backlog.deliveries + SMALL + expected) : bound;
  return { ...boundsFor(backlog, limits), large };
}

type Found = Pick<Refused, 'expected' | 'backlog' | 'limit' | 'rate'>;

/** By Little's law; a tweet larger than the bound waits for the backlog to be gone. */
function roomInBacklog({ expected, backlog, limit, rate }: Found): number {
  return Math.max(0, Math.min(backlog, backlog + expected - limit)) / rate;
}

function roomInLine(found: Found, { waiting }: AdmissionLimits): number {
  if (!waiting || found.expected <= SMALL) return 0;
  return waiting.list.roomInS(waiting.name, found);
}

/** The rate that may be relied on: the measured one, less what it varies by. */
export function sureRate({ rate, deviation = 0 }: MeasuredRate): number {
  return rate === 0 ? ASSUMED_RATE : Math.max(rate - MARGIN * deviation, LEAST_SHARE * rate);
}

/** The bound of the backlog in deliveries. */
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
