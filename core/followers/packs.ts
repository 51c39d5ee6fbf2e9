import type pg from 'pg';
import { z } from 'zod';
import { transaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';

/*
 * Packs hold the followers of an author who has more than a chunk of them a second time: a row for each chunk, in the bytes
 * that a push takes. Planning and reading a million followers takes PostgreSQL 0.01 s with packs and 0.23 s row by row.
 *
 *     follow       (celebrity, 3) (celebrity, 7) … (celebrity, 1000002)          the truth, a row an edge
 *     follower_pack  [1 … 4002] [4003 … 8002] … [996003 … 2147483647]             ids in ranges, from the first to the last
 *
 * An author has packs for all of his followers, without a gap, or none. The statement that follows or unfollows,
 * change_follow, changes the pack too, under the lock of the followee's row that it holds anyway. So whenever a pack is
 * read, it holds exactly those of its range who follow. See docs/decisions/017.
 */

/** The largest id of an account: Postgres' int4. */
export const LARGEST_ID = 2 ** 31 - 1;

/** The most followers that are packed: that takes 7 s of the 10 s that a worker's statement may take. */
const MOST = 10_000_000;

const PACKING = 7_102; // as in repair-lock.ts

/** How followers are cut into chunks. Packs are made for one cut. */
export type Cut = {
  /** Followers a chunk. */
  chunkSize: number;
  shards: number;
};

/**
 * Makes the packs of an author, unless they are there. It takes 0.7 s for a million followers, and nobody can follow or
 * unfollow him meanwhile. When several workers try, one does it. Returns whether this one did; more than 10 million
 * followers are never packed.
 */
export async function packFollowers(pool: pg.Pool, authorId: number, cut: Cut): Promise<boolean> {
  if (await hasPacks(pool, authorId, cut)) return false;
  return transaction(pool, async (client) => {
    const { locked } = await readRow(client, z.object({ locked: z.boolean() }), {
      text: 'SELECT pg_try_advisory_xact_lock($1, $2) AS locked',
      values: [PACKING, authorId],
    });
    if (!locked) return false;
    // Locks out who follows or unfollows, but not posting. The next statement sees all that was committed before it.
    const [author] = await readRows(client, z.object({ followers: z.number() }), {
      text: 'SELECT follower_count AS followers FROM "user" WHERE id = $1 FOR SHARE',
      values: [authorId],
    });
    if ((author?.followers ?? 0) > MOST || (await hasPacks(client, authorId, cut))) return false;
    await dropPacks(client, authorId);
    await client.query(PACK, [authorId, cut.shards, cut.chunkSize, LARGEST_ID]);
    return true;
  });
}

type Queryable = Pick<pg.Pool, 'query'>;

async function hasPacks(client: Queryable, authorId: number, { chunkSize, shards }: Cut): Promise<boolean> {
  const { rowCount } = await client.query(
    'SELECT FROM follower_pack WHERE followee_id = $1 AND shards = $2 AND chunk_size = $3 LIMIT 1',
    [authorId, shards, chunkSize],
  );
  return rowCount === 1;
}

/** Drops the packs of an author; the next fan-out makes them anew. */
async function dropPacks(client: Queryable, authorId: number): Promise<void> {
  await client.query('DELETE FROM follower_pack WHERE followee_id = $1', [authorId]);
}

const PACK = `
  INSERT INTO follower_pack (followee_id, shard, from_id, to_id, shards, chunk_size, count, newest, ids)
  SELECT $1, shard, coalesce(lag(last) OVER in_shard + 1, 1),
    CASE WHEN lead(last) OVER in_shard IS NULL THEN $4 ELSE last END, $2, $3, count, newest, ids
  FROM (
    SELECT shard, number, max(follower_id) AS last, count(*), max(since) AS newest,
      string_agg(int4send(follower_id), '' ORDER BY follower_id) AS ids
    FROM (
      SELECT follower_id, since, follower_id % $2 AS shard,
        (row_number() OVER (PARTITION BY follower_id % $2 ORDER BY follower_id) - 1) / $3 AS number
      FROM follow WHERE followee_id = $1
    ) follower
    GROUP BY shard, number
  ) pack
  WINDOW in_shard AS (PARTITION BY shard ORDER BY number)`;
