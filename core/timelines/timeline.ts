import type { Redis } from 'ioredis';
import { z } from 'zod';
import { Script } from '#core/lua/script.ts';

/**
 * The timeline store: one LIST of integers a follower, newest push first, about 10.5 bytes an entry.
 *
 *     [ 812, 815, 790, …, 17, -16 ]
 *       └── ids, in the order of their pushes   └── floor marker: complete for all ids > 16
 *
 * A timeline exists only if it is complete down to its floor; a missing one is *cold*. While it is being rebuilt its
 * floor lies above every id, so that nothing of it is shown, but pushes land already:
 *
 *     cold ──begin──▶ [ -TOP ] ──pushes──▶ [ 812, -TOP ] ──merge(snapshot)──▶ [ 812, 790, …, -16 ]
 *
 * The marker is created before the snapshot is taken: a tweet committed before the snapshot is in it, one committed
 * later is pushed onto the list that exists already. In the other order it could fall between the two.
 */
export type TimelineStore = { redis: Redis; shards: number; cap: number };

/** Ids newest first, each once, all above the floor. */
export type Timeline = { ids: number[]; floor: number };

/** The floor of a timeline that is being rebuilt: above every id. */
export const TOP = Number.MAX_SAFE_INTEGER;

const deliver = new Script('deliver');

export type ChunkPush = {
  tweetId: number;
  chunk: number;
  shard: number;
  /** Follower ids, packed (see packId). */
  followers: string;
  /** In which these followers were read from the ledger; none for the push of a repair. See epoch.ts. */
  epoch?: string;
  /** Of the ledger, at or before the reading of these followers; with every epoch. See sweep-receipts.ts. */
  beat?: number;
  /** Token of the repair that pushes. */
  repair?: string;
};

/**
 * The store has lost something since the epoch of a push, or may have removed the receipt that would stop it: ask the
 * ledger again.
 */
export class EpochOver extends Error {
  override name = 'EpochOver';
}

/** What a chunk's push did: `redelivered` when the receipt was there and nothing was pushed. */
export type PushResult = { redelivered: boolean; delivered: number; cold: number };

const pushReply = z.tuple([z.enum(['delivered', 'receipt', 'over']), z.number(), z.number()]);

/**
 * Pushes a tweet onto every existing timeline of a chunk, once. About 1 ms of the store's time for 1,000. Throws
 * {@link EpochOver}.
 */
export async function pushChunk(store: TimelineStore, push: ChunkPush): Promise<PushResult> {
  const { tweetId, shard, epoch = '', beat = 0, repair = '' } = push;
  const reply = await deliver.run(
    store.redis,
    [receiptKey(tweetId, shard), epochKey(shard), receiptsKey(shard), sweptKey(shard), settlingKey(shard)],
    [push.chunk, timelinePrefix(shard), tweetId, store.cap, push.followers, epoch, beat, repair],
  );
  const [outcome, delivered, cold] = pushReply.parse(reply);
  if (outcome === 'over') throw new EpochOver(`Shard ${shard} is beyond epoch ${epoch}, or beat ${beat}`);
  return { redelivered: outcome === 'receipt', delivered, cold };
}

/*
 * Names in the store. Every key of one shard carries the same `{tag}`, so that one script may touch all timelines of a
 * chunk on a Redis Cluster too.
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

/** A beat of the ledger: a push whose followers were read at or before it may find its receipt removed. */
export const sweptKey = (shard: number): string => `receipts-swept:{${shard}}`;

/** The server process in which this shard was last found, or made, complete. See epoch.ts. */
export const epochKey = (shard: number): string => `epoch:{${shard}}`;

/** Held, with a token, by the worker that repairs this shard. */
export const settlingKey = (shard: number): string => `settling:{${shard}}`;

/** Whose turn it is to push a chunk, see worker/lanes.ts. */
export const turnKey = (shard: number): string => `turn:{${shard}}`;
