import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Delivery } from '#core/ledger/delivery.ts';

/**
 * Hints from workers to web processes, by publish/subscribe of the timeline store. The ledger is the truth: a hint
 * that is lost is made up for by reading it again, and a hint never says more than the ledger does.
 */

/** A worker took chunks. */
export type ChunksStarted = { kind: 'started'; tweetId: number };

/** Followers of one chunk: those with ids from `fromId` to `toId`, both included, of `shard`. */
export type FollowerRange = { shard: number; fromId: number; toId: number };

/** Chunks are in the timelines of the author's followers in these ranges. */
export type ChunksFinished = { kind: 'finished'; ranges: FollowerRange[]; delivery: Delivery };

/** Something else about a fan-out changed: it was planned, closed, failed or a redelivery was ignored. */
export type FanOutChanged = { kind: 'changed'; tweetId: number; delivery: Delivery };

export type Progress = ChunksStarted | ChunksFinished | FanOutChanged;

export const PROGRESS_CHANNEL = 'progress';

const parsed = z.custom<Progress>((value) => typeof value === 'object' && value !== null && 'kind' in value);

/**
 * Tells whoever listens. Nobody waits for it: a hint stands behind the pushes in the store, and three hints awaited were
 * half of a small delivery's time while a million was on its way (docs/decisions/015).
 */
export function tellProgress(redis: Redis, progress: Progress): void {
  redis.publish(PROGRESS_CHANNEL, JSON.stringify(progress)).catch(() => {});
}

/** Reads what {@link tellProgress} wrote. */
export const parseProgress = (message: string): Progress => parsed.parse(JSON.parse(message));
