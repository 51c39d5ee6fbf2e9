import { z } from 'zod';

/** The ways in which the same tweet is delivered, in the order in which they are raced. */
export const LANES = ['request', 'job', 'chunked', 'pulled'] as const;
export type LaneName = (typeof LANES)[number];

const ms = z.number().nullable();

/**
 * One way at one number of followers. Times are milliseconds from the press of the button, and medians of all tweets.
 * They are null while they are not known.
 */
export const lane = z.object({
  state: z.enum(['waiting', 'running', 'done']),
  /** Timelines that have the tweet now. Where the tweet is pulled: readers who find it. */
  delivered: z.int(),
  /** How long the author waited for the answer. */
  answerMs: ms,
  firstMs: ms,
  medianMs: ms,
  lastMs: ms,
});
export type Lane = z.infer<typeof lane>;

const lanes = z.object({ request: lane, job: lane, chunked: lane, pulled: lane });

/** The same tweet to the same followers, in all lanes. */
export const heat = z.object({ followers: z.int(), samples: z.int(), lanes });
export type Heat = z.infer<typeof heat>;

/** What a kill half-way leaves. */
export const crash = z.object({
  lane: z.enum(['request', 'job', 'chunked']),
  followers: z.int(),
  /** How many had it when the process was killed, and how many have it `laterS` seconds later, with nobody's help. */
  atOnce: z.int(),
  later: z.int(),
  twice: z.int(),
  laterS: z.number(),
});
export type Crash = z.infer<typeof crash>;

/** What a page of home costs its reader, with and without a celebrity's list beside it. */
const reads = z.object({ pushedMs: z.number(), pulledMs: z.number() });

/** The stage of a race that does not run on the demo: its workers, and how far away Postgres is, in ms each way. */
const stage = z.object({ workers: z.int(), postgresMs: z.int() });

/** A race, as far as it has got. */
export const race = z.object({
  run: z.int(),
  /** Null when the demo itself is raced. */
  stage: stage.nullable(),
  heats: z.array(heat),
  crashes: z.array(crash),
  reads: reads.nullable(),
});
export type Race = z.infer<typeof race>;
