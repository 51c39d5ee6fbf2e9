import type pg from 'pg';
import { z } from 'zod';
import { isoUtc } from '#core/iso-utc.ts';
import { readRows } from '#core/rows.ts';

/** A chunk as the ledger has it: the row that is read, and its schema for whoever hands it on. */
export const chunkRecord = z.object({
  number: z.int(),
  state: z.enum(['waiting', 'in flight', 'delivered', 'failed']),
  /** Follower ids, both included. */
  fromId: z.int(),
  toId: z.int(),
  expected: z.int(),
  delivered: z.int(),
  cold: z.int(),
  gone: z.int(),
  attempts: z.int(),
  redeliveries: z.int(),
  worker: z.string().nullable(),
  error: z.string().nullable(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});

/** One chunk as the ledger has it. `in flight` is a chunk that a worker took and that is not done. */
export type ChunkRecord = z.infer<typeof chunkRecord>;

/** All chunks of one fan-out in the order of their numbers. */
export async function readChunks(pool: pg.Pool, tweetId: number): Promise<ChunkRecord[]> {
  return readRows(pool, chunkRecord, {
    text: `
      SELECT number,
        CASE WHEN state = 'waiting' AND started_at IS NOT NULL THEN 'in flight' ELSE state::text END AS state,
        from_id AS "fromId", to_id AS "toId", expected, delivered, cold, gone, attempts, redeliveries, worker, error,
        ${isoUtc('started_at')} AS "startedAt",
        ${isoUtc('finished_at')} AS "finishedAt"
      FROM chunk WHERE tweet_id = $1 ORDER BY number`,
    values: [tweetId],
  });
}
