import { z } from 'zod';

/** What the generator is told: whom to attack, as whom, and with what. */
export const order = z.object({
  url: z.string(),
  from: z.string(),
  /** Accounts of its own. */
  intruders: z.array(z.object({ id: z.number(), handle: z.string(), cookie: z.string() })),
  /** Tweets that are delivered, one of them to many. */
  tweetIds: z.array(z.number()),
  /** People whom it follows and unfollows. */
  handles: z.array(z.string()),
  /** The kinds of harm that it does. */
  kinds: z.array(z.string()),
  /** The share of the machine that it may take. */
  share: z.number(),
});
export type Order = z.infer<typeof order>;

/** One kind of harm: how often it was done, how often it was left out to stay within the share, and what came back. */
const harm = z.object({
  name: z.string(),
  perSecond: z.number(),
  done: z.number(),
  leftOut: z.number(),
  /** Answers by status. `none` counts connections that ended without an answer. */
  answers: z.record(z.string(), z.number()),
});
export type Harm = z.infer<typeof harm>;

/** A post of an intruder, and what was answered. */
const hostilePost = z.object({
  key: z.string(),
  text: z.string(),
  authorId: z.number(),
  status: z.number().nullable(),
  /** The body of the answer. */
  answer: z.string(),
});
export type HostilePost = z.infer<typeof hostilePost>;

/** What the generator has done. */
export const deeds = z.object({
  harms: z.array(harm),
  posts: z.array(hostilePost),
  /** The share of the machine that it took. */
  share: z.number(),
});
export type Deeds = z.infer<typeof deeds>;
