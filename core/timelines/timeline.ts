import type { Redis } from 'ioredis';
import { z } from 'zod';
import { Script } from '#core/lua/script.ts';
import {
  epochKey,
  rebuildKey,
  receiptKey,
  receiptPrefix,
  receiptsKey,
  shardOf,
  sweptKey,
  timelineKey,
  timelinePrefix,
} from '#core/timelines/keys.ts';

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
const begin = new Script('begin-rebuild');
const merge = new Script('merge');

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
  const reply = await deliver.run(
    store.redis,
    [
      receiptKey(push.tweetId, push.shard),
      epochKey(push.shard),
      receiptsKey(push.shard),
      sweptKey(push.shard),
    ],
    [
      push.chunk,
      timelinePrefix(push.shard),
      push.tweetId,
      store.cap,
      push.followers,
      push.epoch ?? '',
      push.beat ?? 0,
    ],
  );
  const [outcome, delivered, cold] = pushReply.parse(reply);
  if (outcome === 'over')
    throw new EpochOver(
      `Shard ${push.shard} is not in epoch ${push.epoch} any more, or beyond beat ${push.beat}`,
    );
  return { redelivered: outcome === 'receipt', delivered, cold };
}

/** See begin-rebuild.lua. */
export async function beginRebuild(store: TimelineStore, userId: number, token: string) {
  const reply = await begin.run(store.redis, keysOf(store, userId), [token, REBUILD_LEASE, TOP]);
  return z.enum(['begun', 'warm', 'elsewhere', 'unsettled']).parse(reply);
}

const REBUILD_LEASE = 10_000; // ms; a rebuild takes some 5 to 50

/** One id to merge; with a chunk, only if that chunk's receipt says that its push has been. */
export type MergeEntry = { id: number; chunk: number | null };

export type Merge = {
  /** Of the rebuild, or null for a backfill. */
  token: string | null;
  /** To set, or null to keep. */
  floor: number | null;
  entries: MergeEntry[];
};

/** See merge.lua. */
export async function mergeTimeline(store: TimelineStore, userId: number, { token, floor, entries }: Merge) {
  const shard = shardOf(userId, store.shards);
  const reply = await merge.run(store.redis, keysOf(store, userId), [
    token ?? '',
    floor ?? '',
    store.cap,
    receiptPrefix(shard),
    TOP,
    ...entries.flatMap(({ id, chunk }) => [id, chunk ?? -1]),
  ]);
  return z.enum(['merged', 'cold', 'building', 'superseded', 'unsettled']).parse(reply);
}

const keysOf = (store: TimelineStore, userId: number): [string, string, string] => [
  timelineKey(userId, store.shards),
  rebuildKey(userId, store.shards),
  epochKey(shardOf(userId, store.shards)),
];
