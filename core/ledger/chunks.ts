import type pg from 'pg';
import { isoUtc } from '#core/iso-utc.ts';

/** One chunk as the ledger has it. `in flight` is a chunk that a worker took and that is not done. */
export type ChunkRecord = {
  number: number;
  state: 'waiting' | 'in flight' | 'delivered' | 'failed';
  /** Follower ids, both included. */
  fromId: number;
  toId: number;
  expected: number;
  delivered: number;
  cold: number;
  gone: number;
  attempts: number;
  redeliveries: number;
  worker: string | null;
  error: string | null;
  startedAt: string | null;
  finishedAt: string | null;
};

/** All chunks of one fan-out in the order of their numbers. */
export async function readChunks(pool: pg.Pool, tweetId: number): Promise<ChunkRecord[]> {
  const { rows } = await pool.query<ChunkRecord>(
    `SELECT number,
       CASE WHEN state = 'waiting' AND started_at IS NOT NULL THEN 'in flight' ELSE state::text END AS state,
       from_id AS "fromId", to_id AS "toId", expected, delivered, cold, gone, attempts, redeliveries, worker, error,
       ${isoUtc('started_at')} AS "startedAt",
       ${isoUtc('finished_at')} AS "finishedAt"
     FROM chunk WHERE tweet_id = $1 ORDER BY number`,
    [tweetId],
  );
  return rows;
}
