import type pg from 'pg';
import { LARGEST_ID } from '#core/followers/packs.ts';
import { LEASE } from '#core/ledger/lease.ts';
import { packedFollowers } from '#core/ledger/packed-followers.ts';
import type { ChunkWork } from '#core/ledger/start-chunks.ts';

/**
 * Plans a fan-out that fits one chunk, takes that chunk and reads its followers, in one statement: ten round trips to
 * Postgres became three, and each of them waits for a core while a million is on its way (docs/decisions/015). Returns
 * null when that is not how things are: it is larger, was planned before, is finished, or is not there.
 *
 * Its commit is not waited for on disk, as that of a larger plan is (see plan.ts). A plan that a crash takes back is
 * made again with the same range, all ids, and the same count, that of the fan-out: its receipt fits both.
 */
export async function startOnlyChunk(
  pool: pg.Pool,
  tweetId: number,
  { worker, chunkSize }: { worker: string; chunkSize: number },
): Promise<ChunkWork | null> {
  const { rows } = await pool.query<ChunkWork>({
    name: 'start-only-chunk',
    text: `
      WITH planned AS (
        UPDATE fan_out SET chunks = 1, planned_to = $4, planned_at = clock_timestamp(),
          started_at = clock_timestamp(), due_at = clock_timestamp() + $5 * interval '1 ms', state = 'delivering'
        WHERE tweet_id = $1 AND state = 'waiting' AND planned_at IS NULL AND chunks = 0
          AND expected BETWEEN 1 AND $3
        RETURNING tweet_id, author_id, expected
      ), started AS (
        INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected, attempts, worker, started_at)
        SELECT tweet_id, 0, 0, 1, $4, expected, 1, $2, clock_timestamp() FROM planned
        RETURNING tweet_id, number, shard, expected, from_id, to_id
      )
      SELECT s.tweet_id AS "tweetId", s.number, s.shard, s.expected, s.author_id AS "authorId",
        s.from_id AS "fromId", s.to_id AS "toId", ${packedFollowers('s', 1)} AS followers
      FROM (SELECT started.*, planned.author_id FROM started, planned) s`,
    values: [tweetId, worker, chunkSize, LARGEST_ID, LEASE],
  });
  return rows[0] ?? null;
}
