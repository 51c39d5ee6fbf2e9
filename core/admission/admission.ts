import { isNearlyFull, type StoreMemory } from '#core/admission/store-memory.ts';

/** Bounds on what may be promised. */
export type AdmissionLimits = {
  /** The longest that an admitted delivery may wait, in seconds. */
  maxWaitS: number;
  /** Deliveries; given, it takes the place of rate × maxWaitS. */
  maxBacklog?: number | undefined;
  /** Of the timeline store: nothing more is promised to one that is nearly full. Null when it is not known. */
  memory?: StoreMemory | null;
};

/** Deliveries promised and not done, and how many are done a second (0: never measured). */
export type Backlog = { deliveries: number; rate: number };

export type Refused = {
  /** What there is no room in: the backlog, or the memory of the timeline store. */
  reason: 'backlog' | 'memory';
  /** Deliveries in the backlog, the bound for this tweet, and the rate that the estimate rests on. */
  backlog: number;
  limit: number;
  rate: number;
  /** Seconds until there is room, by Little's law; not jittered. */
  roomInS: number;
};

/** Until a rate was measured: half of what the slowest machine that we know does. */
const ASSUMED_RATE = 150_000;

/** The part of the bound that only fan-outs up to SMALL may use: a celebrity cannot shut everyone else out. */
const RESERVED_SHARE = 0.1;
const SMALL = 5_000; // deliveries

/** Seconds until it is worth asking again whether a store has room: nobody knows, somebody has to give it memory. */
const MEMORY_WAIT_S = 30;

/**
 * Whether `expected` more deliveries fit behind `backlog`; null when they do. A tweet larger than the bound is admitted
 * into an empty system, or it could never be posted; one to nobody always fits.
 */
export function refuse(expected: number, backlog: Backlog, limits: AdmissionLimits): Refused | null {
  if (expected === 0) return null;
  const rate = backlog.rate || ASSUMED_RATE;
  const limit = limitFor(expected, rate, limits);
  const found = { backlog: backlog.deliveries, limit, rate };
  if (limits.memory && isNearlyFull(limits.memory))
    return { reason: 'memory', ...found, roomInS: MEMORY_WAIT_S };
  if (backlog.deliveries === 0 || backlog.deliveries + expected <= limit) return null;
  // A tweet larger than the bound waits for the backlog to be gone.
  const tooMany = Math.min(backlog.deliveries, backlog.deliveries + expected - limit);
  return { reason: 'backlog', ...found, roomInS: tooMany / rate };
}

/** The bound of the backlog in deliveries; `rate` 0 stands for one that was never measured. */
export function backlogLimit(rate: number, { maxWaitS, maxBacklog }: AdmissionLimits): number {
  return maxBacklog ?? Math.floor((rate || ASSUMED_RATE) * maxWaitS);
}

function limitFor(expected: number, rate: number, { maxWaitS, maxBacklog }: AdmissionLimits): number {
  const bound = backlogLimit(rate, { maxWaitS, maxBacklog });
  return expected <= SMALL ? bound : Math.floor(bound * (1 - RESERVED_SHARE));
}

/** Whole seconds for a Retry-After header: never early, spread over a quarter so that not all come back at once. */
export function retryAfterS(roomInS: number, random: () => number = Math.random): number {
  return Math.max(1, Math.ceil(roomInS * (1 + random() / 4)));
}
