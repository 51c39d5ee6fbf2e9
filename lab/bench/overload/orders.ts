import { z } from 'zod';

/** What the load process is told. */
export const orders = z.object({
  /** Each as good as the other; they take turns. */
  authors: z.array(z.int()),
  /** New tweets, whatever became of the earlier ones: the load is open. */
  perSecond: z.number(),
  seconds: z.number(),
  /** Seconds that an admitted delivery may wait; null admits everything. */
  maxWaitS: z.number().nullable(),
  /** Whether clients add jitter to Retry-After, or wait exactly that long. */
  jitter: z.boolean(),
});
export type Orders = z.infer<typeof orders>;

/** What it saw. Counts are tweets unless named otherwise. */
export const seen = z.object({
  offered: z.int(),
  admitted: z.int(),
  /** Answers: one tweet may be refused several times. */
  refusals: z.int(),
  /** Answers: no connection to Postgres was free in time. */
  unavailable: z.int(),
  /** Second tries that came, and those of them that were admitted. */
  firstRetries: z.int(),
  admittedAtFirstRetry: z.int(),
  /** After the last try. */
  gaveUp: z.int(),
  /** Still waiting for their next try when the time was over. */
  waiting: z.int(),
  /** Milliseconds from asking to the answer. */
  admittedMs: z.array(z.number()),
  refusedMs: z.array(z.number()),
});
export type Seen = z.infer<typeof seen>;
