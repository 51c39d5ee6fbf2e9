import type pg from 'pg';
import { z } from 'zod';
import { GENERATION_SQL, type Layout } from '#core/ledger/layout.ts';
import { transaction } from '#core/postgres.ts';
import { idRow, readRow, readRows } from '#core/rows.ts';
import { mergeTimeline } from '#core/timelines/merge.ts';
import { lockAgainstRepair } from '#core/timelines/repair-lock.ts';
import { asOfNow, epochKey, type TimelineStore, tagOfUser } from '#core/timelines/timeline.ts';

/**
 * Brings the tweets that were posted before a follow into the follower's timeline; those after it are the fan-out's.
 * Runs after a follow. As long as an edge is not backfilled, it runs again before every read. So a crash between the two
 * leaves no hole that could be seen. With nothing to do it costs one probe of a partial index. False when an edge has to
 * wait for the next read: until then the timeline has a hole.
 */
export async function backfill(pool: pg.Pool, live: TimelineStore, followerId: number): Promise<boolean> {
  const store = asOfNow(live);
  const edges = await pendingEdges(pool, followerId);
  if (edges.length > 0 && !(await isAnybodyThere(store, followerId))) return false;
  let isComplete = true;
  for (const edge of edges) {
    const isDone = await transaction(pool, (client) => backfillEdge(client, store, edge));
    isComplete &&= isDone;
  }
  return isComplete;
}

/**
 * Asked before a transaction begins: one that waits for a store which hangs keeps a connection to Postgres from everybody
 * else for as long. False when the store has lost its epoch, and would take nothing.
 */
async function isAnybodyThere(store: TimelineStore, followerId: number): Promise<boolean> {
  return (await store.redis.exists(epochKey(tagOfUser(store, followerId)))) === 1;
}

/** Whether every edge of a follower is backfilled in the layout of this store, as far as Postgres knows. */
export async function isBackfilled(
  pool: pg.Pool,
  { generation = 0 }: Layout,
  followerId: number,
): Promise<boolean> {
  const { isDone } = await readRow(pool, z.object({ isDone: z.boolean() }), {
    text: `
      SELECT $2 = ${GENERATION_SQL} AND NOT EXISTS (
        SELECT FROM follow WHERE follower_id = $1 AND backfilled_at IS NULL
      ) AS "isDone"`,
    values: [followerId, generation],
  });
  return isDone;
}

const pendingEdge = z.object({ followeeId: z.number(), followerId: z.number(), since: z.number() });
type Edge = z.infer<typeof pendingEdge>;

function pendingEdges(pool: pg.Pool, followerId: number): Promise<Edge[]> {
  return readRows(pool, pendingEdge, {
    text: `
      SELECT followee_id AS "followeeId", follower_id AS "followerId", since
      FROM follow WHERE follower_id = $1 AND backfilled_at IS NULL`,
    values: [followerId],
  });
}

/**
 * False when the edge cannot be backfilled now: its shard is being repaired, its timeline rebuilt, or another layout is in
 * force. A timeline of that one is rebuilt with this edge, or backfilled later.
 */
async function backfillEdge(client: pg.PoolClient, store: TimelineStore, edge: Edge): Promise<boolean> {
  if (!(await lockAgainstRepair(client, store, edge.followerId))) return false;
  const entries = await earlierTweets(client, edge, store.cap);
  const merged = await mergeTimeline(store, edge.followerId, { token: null, floor: null, entries });
  // `building`: that rebuild's snapshot may be older than the follow.
  if (merged === 'building' || merged === 'unsettled') return false;
  await client.query(
    `UPDATE follow SET backfilled_at = clock_timestamp()
     WHERE followee_id = $1 AND follower_id = $2 AND since = $3`,
    [edge.followeeId, edge.followerId, edge.since],
  );
  return true;
}

async function earlierTweets(client: pg.PoolClient, { followeeId, since }: Edge, limit: number) {
  const rows = await readRows(client, idRow, {
    text: `
      SELECT id FROM tweet WHERE author_id = $1 AND id < $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3`,
    values: [followeeId, since, limit],
  });
  return rows.map(({ id }) => ({ id, chunk: null }));
}
