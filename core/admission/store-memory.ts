import type { Redis } from 'ioredis';

/** Bytes that a Redis uses, and that it may use; a `max` of 0 is no bound. */
export type StoreMemory = { used: number; max: number };

/**
 * Promises may fill a store up to this share of its memory: what is under way must still fit. From the timelines those that
 * nobody reads are dropped before it comes to that, see core/timelines/drop-unread.ts.
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

/** How the memory of a Redis is asked for. */
export const memoryOf = (redis: Redis) => (): Promise<StoreMemory> => redis.info('memory').then(parseMemory);

const CACHED = 1_000; // ms
const PATIENCE = 50; // ms; a store that does not answer must not hold up posts

/**
 * The memory of a store, asked for at most once a second. Null when it is unknown: nothing can be written to a store that
 * is away, and its deliveries wait in the backlog, which has its own bound.
 */
export class MemoryGauge {
  #last: StoreMemory | null = null;
  #asked = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(
    private readonly ask: () => Promise<StoreMemory | null>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** As it was up to a second ago; the first time, and after a pause, it waits for the answer, but not for long. */
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
