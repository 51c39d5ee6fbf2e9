import type pg from 'pg';
import { z } from 'zod';
import { fullJitter } from '#core/backoff.ts';
import { MINUTE, SECOND } from '#core/durations.ts';
import type { ChunkRef } from '#core/ledger/start-and-finish.ts';
import { readRows } from '#core/rows.ts';

/** Failures by a chunk's own fault after which it is given up. With the backoff below: after about two minutes. */
const MAX_FAILURES = 8;
const BACKOFF = { baseMs: SECOND, capMs: 5 * MINUTE };

export type FailureVerdict = { outcome: 'retry'; delayMs: number } | { outcome: 'given up' };

const failedChunk = z.object({ failures: z.int(), state: z.enum(['waiting', 'failed']) });

/**
 * Notes a failed attempt and decides what comes next. The ledger counts attempts, because every broker counts them
 * differently. The backoff doubles from 1 s, with full jitter. A chunk that is given up may be the last of its fan-out; then
 * the trigger `close_fan_out` closes it. When a store is away, that is not the chunk's fault and does not come here.
 */
export async function failChunk(
  pool: pg.Pool,
  { tweetId, number }: ChunkRef,
  error: string,
): Promise<FailureVerdict> {
  const [chunk] = await readRows(pool, failedChunk, {
    text: `
      WITH failed AS (
        UPDATE chunk SET failures = failures + 1, error = $3,
          state = CASE WHEN failures + 1 >= $4 THEN 'failed' ELSE 'waiting' END::chunk_state
        WHERE tweet_id = $1 AND number = $2 AND state = 'waiting'
        RETURNING tweet_id, failures, state
      ), given_up AS (
        UPDATE fan_out f SET chunks_failed = chunks_failed + 1
        FROM failed WHERE failed.state = 'failed' AND f.tweet_id = failed.tweet_id
      )
      SELECT failures, state FROM failed`,
    // Postgres takes no NUL: with one in its error a chunk would never be given up.
    values: [tweetId, number, error.replaceAll('\0', '').slice(0, 500), MAX_FAILURES],
  });
  if (!chunk || chunk.state === 'failed') return { outcome: 'given up' };
  return { outcome: 'retry', delayMs: fullJitter(BACKOFF, chunk.failures) };
}
