import type pg from 'pg';
import { fullJitter } from '#core/backoff.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import type { ChunkRef } from '#core/ledger/start-chunks.ts';

/** Failures by a chunk's own fault after which it is given up. With the backoff below: after about two minutes. */
const MAX_FAILURES = 8;
const BACKOFF = { baseMs: SECOND, capMs: 5 * MINUTE };

export type FailureVerdict = { outcome: 'retry'; delayMs: number } | { outcome: 'given up' };

/**
 * Notes a failed attempt and decides what comes next: brokers count attempts differently, the ledger counts them
 * once. Backoff doubles from 1 s, with full jitter. A store that is away is nobody's fault and is not noted here.
 */
export async function failChunk(
  pool: pg.Pool,
  { tweetId, number }: ChunkRef,
  error: string,
): Promise<FailureVerdict> {
  const { rows } = await pool.query<{ failures: number; state: string }>(
    `WITH failed AS (
       UPDATE chunk SET failures = failures + 1, error = $3,
         state = CASE WHEN failures + 1 >= $4 THEN 'failed' ELSE 'waiting' END::chunk_state
       WHERE tweet_id = $1 AND number = $2 AND state = 'waiting'
       RETURNING tweet_id, failures, state
     ), given_up AS (
       UPDATE fan_out f SET chunks_failed = chunks_failed + 1,
         state = CASE WHEN planned_at IS NOT NULL AND chunks_done + chunks_failed + 1 = chunks AND f.state <> 'cancelled'
           THEN 'failed' ELSE f.state END,
         finished_at = CASE WHEN planned_at IS NOT NULL AND chunks_done + chunks_failed + 1 = chunks
           THEN clock_timestamp() ELSE finished_at END
       FROM failed WHERE failed.state = 'failed' AND f.tweet_id = failed.tweet_id
     )
     SELECT failures, state FROM failed`,
    // Postgres takes no NUL: with one in its error a chunk would never be given up.
    [tweetId, number, error.replaceAll('\0', '').slice(0, 500), MAX_FAILURES],
  );
  const chunk = rows[0];
  if (!chunk || chunk.state === 'failed') return { outcome: 'given up' };
  return { outcome: 'retry', delayMs: fullJitter(BACKOFF, chunk.failures) };
}
