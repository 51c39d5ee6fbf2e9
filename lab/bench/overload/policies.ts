import { z } from 'zod';

/** How a full system and its clients behave in a round. */
export type Policy = { name: string; backPressure: boolean; jitter: boolean };

/** The first is the one that is shipped. Without back pressure nobody is refused, so jitter changes nothing. */
export const POLICIES: Policy[] = [
  { name: 'back pressure, jitter', backPressure: true, jitter: true },
  { name: 'back pressure, no jitter', backPressure: true, jitter: false },
  { name: 'no back pressure', backPressure: false, jitter: false },
];

/** The loads, as multiples of the capacity. */
export const LOADS = [0.5, 1, 2, 3, 10];

/** The loads at which the goals must be reached. */
export const OVERLOADS = [3, 10];

/** What the load process is told. */
export const orders = z.object({
  /** Authors, who have equally many followers and take turns. */
  authors: z.array(z.int()),
  /** New tweets a second, whatever became of the earlier ones: the load is open. */
  perSecond: z.number(),
  seconds: z.number(),
  /** Seconds that an admitted delivery may wait; null admits everything. */
  maxWaitS: z.number().nullable(),
  /** Whether clients add jitter to Retry-After, or wait exactly that long. */
  jitter: z.boolean(),
  /** With the same seed tweets come at the same times again. */
  seed: z.int().optional(),
});
export type Orders = z.infer<typeof orders>;

/** What the load process saw. Counts are tweets unless named otherwise. */
export const seen = z.object({
  offered: z.int(),
  admitted: z.int(),
  /** Counted in answers, because one tweet may be refused several times. */
  refusals: z.int(),
  /** Counted in answers: no connection to Postgres was free in time. */
  unavailable: z.int(),
  /** Second tries that came, and those of them that were admitted. */
  firstRetries: z.int(),
  admittedAtFirstRetry: z.int(),
  /** Tweets that were refused at their last try. */
  gaveUp: z.int(),
  /** Still waiting for their next try when the time was over. */
  waiting: z.int(),
  /** Milliseconds from asking to the answer. */
  admittedMs: z.array(z.number()),
  refusedMs: z.array(z.number()),
});
export type Seen = z.infer<typeof seen>;

export const nothingSeen = (): Seen => ({
  ...{ offered: 0, admitted: 0, refusals: 0, unavailable: 0, gaveUp: 0, waiting: 0 },
  ...{ firstRetries: 0, admittedAtFirstRetry: 0, admittedMs: [], refusedMs: [] },
});
