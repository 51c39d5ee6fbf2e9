import type pg from 'pg';
import { z } from 'zod';
import type { FanOut } from '#core/messages.ts';
import { readRow, readRows } from '#core/rows.ts';

/**
 * Milliseconds without any progress after which a fan-out is published again. Longer than a killed worker's message
 * takes to come back by the broker (about 10 s), so that the relay acts only when the broker does not.
 */
export const LEASE = 12_000;

/** The most that may pass before it is published once more, in ms: its message may have been lost again. */
const LONGEST_LEASE = 60_000;

/**
 * Marks that the broker holds fan-outs. Only the first acknowledgement counts; a fan-out that a worker has taken already is
 * marked by that. Rows that are locked are left out: whoever holds one takes it, ends it or claims it. Not waiting for the
 * disk: a mark that a crash takes back costs one more message.
 */
export async function markPublished(pool: pg.Pool, tweetIds: number[]): Promise<void> {
  await pool.query({
    name: 'mark-published',
    text: `
      UPDATE fan_out f SET published_at = clock_timestamp(),
        due_at = greatest(due_at, clock_timestamp() + $2 * interval '1 ms')
      FROM (
        SELECT tweet_id FROM fan_out
        WHERE tweet_id = ANY($1::bigint[]) AND published_at IS NULL ORDER BY tweet_id FOR UPDATE SKIP LOCKED
      ) held, (SELECT set_config('synchronous_commit', 'off', true)) quickly
      WHERE f.tweet_id = held.tweet_id`,
    values: [tweetIds, LEASE],
  });
}

/**
 * Claims fan-outs that are unfinished and due: never acknowledged by the broker, or without progress for a lease.
 * Two relays share the work (SKIP LOCKED); one that dies after claiming leaves them due again after a lease.
 *
 * One that is older gets a longer lease, as long as it is old: after an outage its message is in the broker behind many
 * others, and RabbitMQ and SQS would keep a copy for each look. Progress brings the short lease back.
 */
export async function claimDue(pool: pg.Pool, limit: number): Promise<FanOut[]> {
  return readRows(pool, z.object({ tweetId: z.int(), expected: z.int() }), {
    text: `
      UPDATE fan_out SET due_at = clock_timestamp() + greatest(
        $2 * interval '1 ms', least(clock_timestamp() - accepted_at, $3 * interval '1 ms')
      )
      WHERE tweet_id IN (
        SELECT tweet_id FROM fan_out
        WHERE finished_at IS NULL AND due_at < statement_timestamp()
        ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
      ) RETURNING tweet_id AS "tweetId", expected`,
    values: [limit, LEASE, LONGEST_LEASE],
  });
}

/** Numbers of a fan-out's chunks that are not done. */
export async function unfinishedChunks(pool: pg.Pool, tweetId: number): Promise<number[]> {
  const chunks = await readRows(pool, z.object({ number: z.int() }), {
    text: `SELECT number FROM chunk WHERE tweet_id = $1 AND state = 'waiting' ORDER BY number`,
    values: [tweetId],
  });
  return chunks.map(({ number }) => number);
}

/** Fan-outs that are accepted and not finished. */
export async function countUnfinished(pool: pg.Pool): Promise<number> {
  const { count } = await readRow(pool, z.object({ count: z.int() }), {
    text: 'SELECT count(*)::int AS count FROM fan_out WHERE finished_at IS NULL',
  });
  return count;
}
