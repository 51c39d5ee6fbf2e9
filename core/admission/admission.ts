import type { Redis } from 'ioredis';
import { FAN_OUT_COST } from '#core/admission/fan-out-cost.ts';
import type { Kept } from '#core/admission/kept-room.ts';
import type { WaitingList } from '#core/admission/waiting-list.ts';
import { SECOND } from '#core/durations.ts';
import { type StoreClient, serversOf } from '#core/redis.ts';

/** Bounds on what may be promised. */
export type AdmissionLimits = {
  /** The longest that an admitted delivery may wait, in seconds. */
  maxWaitS: number;
  /** What the backlog may cost, in deliveries. If it is set, it replaces rate × maxWaitS. */
  maxBacklog?: number | undefined;
  /** The memory of the stores that promises fill: nothing more is promised while one of them is nearly full. */
  memory?: StoresMemory;
  /** The list of tweets that were refused and are to come back, and the name of this tweet in it. */
  waiting?: { list: Pick<WaitingList, 'roomInS' | 'places' | 'kept'>; name: string };
};

/** What a tweet takes of the bound, in deliveries. A tweet to nobody takes nothing. */
export const costOf = (expected: number): number => (expected === 0 ? 0 : expected + FAN_OUT_COST);

/** The cost that is done in a second while there is work (0: never measured), and the mean deviation of its samples. */
export type MeasuredRate = { rate: number; deviation?: number };

/** Deliveries promised and not done, and of how many fan-outs. */
export type Promised = { deliveries: number; fanOuts: number };

/** What is promised and not done, how much is done a second, and whether deliveries are paused. */
export type Backlog = MeasuredRate & Promised & { paused?: boolean };

/** What of the bound is taken, in deliveries. */
export const takenBy = ({ deliveries, fanOuts }: Promised): number => deliveries + FAN_OUT_COST * fanOuts;

/** The cost of all that was ever done, in deliveries. Its growth in a second is the measured rate. */
export const costOfDone = ({ done, fanOutsDone }: { done: number; fanOutsDone: number }): number =>
  done + FAN_OUT_COST * fanOutsDone;

/** The rate until one was measured: half of what the slowest machine does that we know. */
export const ASSUMED_RATE = 150_000;

/** A promise rests on the rate less so many mean deviations: by chance, a second is hardly ever slower. */
const MARGIN = 2;
/** But never on less than this share of the rate: what was measured under a fault must not shut everybody out. */
const LEAST_SHARE = 0.5;

/** The part of the bound that only fan-outs up to SMALL may use: a celebrity cannot shut everyone else out. */
const RESERVED_SHARE = 0.1;
/** A fan-out of up to so many deliveries is small. */
export const SMALL = 5_000;

/**
 * What the backlog may cost together with a new tweet, small or large. `post_tweets` compares with it, and can do no more.
 * Null means that refuse.ts has to be asked first. `rate` is the rate that these bounds rest on; null when they hold for any.
 */
export type Bounds = { small: number | null; large: number | null; rate: Required<MeasuredRate> | null };

/** The bounds for a tweet before anybody has seen the backlog. While large tweets stand in line, the line sees it first. */
export function boundsFor(measured: MeasuredRate, limits: AdmissionLimits): Bounds {
  const { rate, deviation = 0 } = measured;
  const restsOn = limits.maxBacklog === undefined ? { rate, deviation } : null;
  if (fullStore(limits.memory)) return { small: null, large: null, rate: restsOn };
  const large =
    limits.waiting && !limits.waiting.list.places.isEmpty ? null : limitFor(SMALL + 1, measured, limits);
  return { small: smallBound(measured, limits), large, rate: restsOn };
}

/** Null when not even a tweet to one follower fits: an empty system takes it all the same. */
function smallBound(measured: MeasuredRate, limits: AdmissionLimits): number | null {
  const kept = keptFor(measured, limits);
  if (!kept) return limitFor(SMALL, measured, limits);
  return kept.bound > FAN_OUT_COST ? kept.bound : null;
}

/** What small tweets have to leave for a large one; null when that is no less than they may use in any case. */
export function keptFor(measured: MeasuredRate, limits: AdmissionLimits): Kept | null {
  if (!limits.waiting || limits.waiting.list.places.isEmpty) return null;
  const whole = backlogLimit(measured, limits);
  const bounds = { whole, limit: limitFor(SMALL + 1, measured, limits), rate: sureRate(measured) };
  return limits.waiting.list.kept(bounds);
}

/** The rate that may be relied on: the measured one, less what it varies by. */
export function sureRate({ rate, deviation = 0 }: MeasuredRate): number {
  return rate === 0 ? ASSUMED_RATE : Math.max(rate - MARGIN * deviation, LEAST_SHARE * rate);
}

/** The most that the backlog may cost, in deliveries. */
export function backlogLimit(measured: MeasuredRate, { maxWaitS, maxBacklog }: AdmissionLimits): number {
  return maxBacklog ?? Math.floor(sureRate(measured) * maxWaitS);
}

/** The most that the backlog may cost with a tweet to so many followers: a large tweet may not use all of it. */
export function limitFor(expected: number, measured: MeasuredRate, limits: AdmissionLimits): number {
  const bound = backlogLimit(measured, limits);
  return expected <= SMALL ? bound : Math.floor(bound * (1 - RESERVED_SHARE));
}

/** Bytes that a Redis uses, and that it may use; a `max` of 0 is no bound. */
export type StoreMemory = { used: number; max: number };

/**
 * Promises may fill a store up to this share of its memory, so that what is under way still fits. Before the timelines come
 * to that, those that nobody has read for the longest are dropped, see core/timelines/drop-unread.ts.
 */
export const FULL_SHARE = { timelines: 0.85, queue: 0.75 };

/** True when more than a share of a store's memory is used. */
export const isAbove = (share: number, { used, max }: StoreMemory): boolean => max > 0 && used > max * share;

/** The stores that promises fill; null where the memory is not known, or bounded by something else. */
export type StoresMemory = { timelines?: StoreMemory | null; queue?: StoreMemory | null };

/** Which store is nearly full, in words. */
export type FullStore = 'timelines full' | 'queue full';

/** The first store that nothing more may be promised to; null when there is none. */
export function fullStore({ timelines, queue }: StoresMemory = {}): FullStore | null {
  if (timelines && isAbove(FULL_SHARE.timelines, timelines)) return 'timelines full';
  return queue && isAbove(FULL_SHARE.queue, queue) ? 'queue full' : null;
}

/** Parses the answer to INFO memory. */
export function parseMemory(info: string): StoreMemory {
  const figure = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return { used: figure('used_memory'), max: figure('maxmemory') };
}

/** Asks a store for its memory: that of its fullest server. */
export const memoryOf = (store: StoreClient) => async (): Promise<StoreMemory> => {
  const servers = await serversOf(store);
  return (await Promise.all(servers.map(memoryOfServer))).reduce(fuller);
};

/** Asks one server for its memory. */
export const memoryOfServer = (server: Redis): Promise<StoreMemory> =>
  server.info('memory').then(parseMemory);

/** The memory that has less room, of two. */
export const fuller = (one: StoreMemory, other: StoreMemory): StoreMemory =>
  shareOf(other) > shareOf(one) ? other : one;

const shareOf = ({ used, max }: StoreMemory): number => (max > 0 ? used / max : 0);

const CACHED = SECOND;
const PATIENCE = 50; // ms; a store that does not answer must not hold up posts

/**
 * The memory of a store, asked for at most once a second. It is null while the store is away: then nothing fills it, and
 * deliveries wait in the backlog, which has its own bound.
 */
export class MemoryGauge {
  #last: StoreMemory | null = null;
  #asked = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(
    private readonly ask: () => Promise<StoreMemory | null>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The memory as it was up to a second ago. The first call, and one after a pause, waits for the answer, but not long. */
  async read(): Promise<StoreMemory | null> {
    if (this.now() - this.#asked >= CACHED) this.#ask();
    if (this.#asking) await Promise.race([this.#asking, after(PATIENCE)]);
    return this.#last;
  }

  #ask(): void {
    this.#asked = this.now();
    const asking = this.ask()
      .catch(() => null)
      .then((memory) => {
        this.#last = memory;
        if (this.#asking === asking) this.#asking = undefined;
      });
    this.#asking = asking;
  }
}

const after = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
