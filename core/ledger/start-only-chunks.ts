import type pg from 'pg';
import { LARGEST_ID } from '#core/followers/packs.ts';
import { LEASE } from '#core/ledger/lease.ts';
import { packedFollowers } from '#core/ledger/packed-followers.ts';
import type { ChunkWork } from '#core/ledger/start-chunks.ts';

/**
 * Plans fan-outs that fit one chunk each, takes those chunks and reads their followers, in one statement: ten round trips
 * to Postgres became three, and each of them waits for a core while a million is on its way (docs/decisions/015). Leaves
 * out those of which that is not how things are: larger, planned before, finished, or not there.
 *
 * Of several it leaves out those as well whose rows are locked: a process that is frozen with one in its hands must not
 * hold up the others. Of one it waits.
 *
 * Its commit is not waited for on disk, as that of a larger plan is (see plan.ts). A plan that a crash takes back is
 * made again with the same range, all ids, and the same count, that of the fan-out: its receipt fits both.
 */
export async function startOnlyChunks(
  pool: pg.Pool,
  tweetIds: number[],
  { worker, chunkSize }: { worker: string; chunkSize: number },
): Promise<ChunkWork[]> {
  const isCrowd = tweetIds.length > 1;
  const { rows } = await pool.query<ChunkWork>({
    name: isCrowd ? 'start-only-chunks' : 'start-only-chunk',
    text: `
      WITH small AS (
        -- Locked in one order, so that two workers with the same tweets never wait for each other.
        SELECT tweet_id FROM fan_out
        WHERE tweet_id = ANY($1::bigint[]) AND state = 'waiting' AND planned_at IS NULL AND chunks = 0
          AND expected BETWEEN 1 AND $3
        ORDER BY tweet_id FOR UPDATE ${isCrowd ? 'SKIP LOCKED' : ''}
      ), planned AS (
        UPDATE fan_out f SET chunks = 1, planned_to = $4, planned_at = clock_timestamp(),
          published_at = coalesce(published_at, clock_timestamp()),
          started_at = clock_timestamp(), due_at = clock_timestamp() + $5 * interval '1 ms', state = 'delivering'
        FROM small WHERE f.tweet_id = small.tweet_id
        RETURNING f.tweet_id, f.author_id, f.expected
      ), started AS (
        INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected, attempts, worker, started_at)
        SELECT tweet_id, 0, 0, 1, $4, expected, 1, $2, clock_timestamp() FROM planned
        RETURNING tweet_id, number, shard, expected, from_id, to_id
      )
      SELECT s.tweet_id AS "tweetId", s.number, s.shard, s.expected, s.author_id AS "authorId",
        s.from_id AS "fromId", s.to_id AS "toId", ${packedFollowers('s', 1)} AS followers
      FROM (SELECT started.*, planned.author_id FROM started JOIN planned USING (tweet_id)) s`,
    values: [tweetIds, worker, chunkSize, LARGEST_ID, LEASE],
  });
  return rows;
}
