import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { MINUTE } from '#core/durations.ts';
import type { StoreClient } from '#core/redis.ts';

/** Nobody's call waits for longer: a store that is away or busy must not hold up what does not need it. */
const PATIENCE = 50; // ms
/** Keys stay for so long after the end of their window, because the clocks of two hosts differ. */
const KEPT_AFTER = MINUTE;

const prefix = 'count:';
const answer = z.tuple([z.tuple([z.null(), z.int()]), z.tuple([z.null(), z.int()])]);

/** Counts that all web processes make together. They are in the timeline store, because every web process has that. */
export class SharedCounts {
  constructor(private readonly redis: StoreClient) {}

  /** Counts one more under a name that lives until `endsAt`. Returns how many there are now, or null without an answer in time. */
  async add(name: string, endsAt: number): Promise<number | null> {
    if (this.redis.status !== 'ready') return null;
    const counted = this.#add(prefix + name, endsAt + KEPT_AFTER).catch(() => null);
    return Promise.race([counted, wait(PATIENCE, null, { ref: false })]);
  }

  async #add(key: string, until: number): Promise<number> {
    const answers = await this.redis.pipeline().incr(key).pexpireat(key, until).exec();
    const [[, count]] = answer.parse(answers);
    return count;
  }
}
