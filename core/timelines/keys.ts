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

/** The server process in which this shard was last found, or made, complete. See epoch.ts. */
export const epochKey = (shard: number): string => `epoch:{${shard}}`;

/** The time by Postgres' clock up to which this shard is known to hold every push. */
export const clockKey = (shard: number): string => `clock:{${shard}}`;

/** Held, with a token, by the worker that repairs this shard. */
export const settlingKey = (shard: number): string => `settling:{${shard}}`;

/** How far the repair of this shard has got. */
export const repairPlaceKey = (shard: number): string => `repaired:{${shard}}`;

/** Held, with a token, by the one process that rebuilds a timeline. */
export const rebuildKey = (userId: number, shards: number): string =>
  `rebuild:{${shardOf(userId, shards)}}:${userId}`;

/** Whose turn it is to push a chunk, see worker/lanes.ts. */
export const turnKey = (shard: number): string => `turn:{${shard}}`;
