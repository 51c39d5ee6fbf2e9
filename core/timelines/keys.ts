/**
 * Names in the timeline store. Every key of one shard carries the same `{tag}`, so that one script may touch all
 * timelines of a chunk on a Redis Cluster too.
 */

/** The shard that holds a user's timeline. */
export const shardOf = (userId: number, shards: number): number => userId % shards;

/** `h:{3}:` — a user's home timeline is this and {@link packId}. */
export const timelinePrefix = (shard: number): string => `h:{${shard}}:`;

export const timelineKey = (userId: number, shards: number): string =>
  `${timelinePrefix(shardOf(userId, shards))}${packId(userId)}`;

/**
 * A user id as eight hexadecimal digits. A chunk's followers travel as one string of these, and a key is the prefix
 * and a slice of it: a script that formats a number for each key instead takes 20 to 25 % more of the store's time.
 * In SQL: `encode(string_agg(int4send(id), ''), 'hex')`.
 */
export const packId = (userId: number): string => userId.toString(16).padStart(8, '0');

/** What the keys of a shard's receipts begin with; the tweet id follows. */
export const receiptPrefix = (shard: number): string => `receipt:{${shard}}:`;

/** A hash: chunk number → `delivered cold`, written with the pushes that it vouches for. */
export const receiptKey = (tweetId: number, shard: number): string => `${receiptPrefix(shard)}${tweetId}`;

/** A list of the tweets that have a receipt in this shard, as a sweep looks at them. See sweep-receipts.ts. */
export const receiptsKey = (shard: number): string => `receipts:{${shard}}`;

/** A list of those whose receipts will be removed, in batches: what each was seen at and how many it has, then the ids. */
export const leavingKey = (shard: number): string => `receipts-leaving:{${shard}}`;

/** Says that the receipts of the version before are on the list. */
export const adoptedKey = (shard: number): string => `receipts-adopted:{${shard}}`;

/** A beat of the ledger: a push whose followers were read at or before it may find its receipt removed. */
export const sweptKey = (shard: number): string => `receipts-swept:{${shard}}`;

/** The server process in which this shard was last found, or made, complete. See epoch.ts. */
export const epochKey = (shard: number): string => `epoch:{${shard}}`;

/** The time by Postgres' clock up to which this shard is known to hold every push. */
export const clockKey = (shard: number): string => `clock:{${shard}}`;

/** What this shard remembers of the ledger: its token, its beat, and the newest id drawn. See recognise.ts. */
export const ledgerKey = (shard: number): string => `ledger:{${shard}}`;

/** The highest time that this shard's clock has shown, while Postgres' clock is behind it. */
export const clockBackKey = (shard: number): string => `clock-back:{${shard}}`;

/** Held, with a token, by the worker that repairs this shard. */
export const settlingKey = (shard: number): string => `settling:{${shard}}`;

/** Held, with a token, by the one process that rebuilds a timeline. */
export const rebuildKey = (userId: number, shards: number): string =>
  `rebuild:{${shardOf(userId, shards)}}:${userId}`;

/** Whose turn it is to push a chunk, see worker/lanes.ts. */
export const turnKey = (shard: number): string => `turn:{${shard}}`;
