import type pg from 'pg';
import { mergeTimeline, type TimelineStore } from '#core/timelines/timeline.ts';

/**
 * Brings the tweets that were posted before a follow into the follower's timeline; those after it are the fan-out's.
 * Runs after a follow and again before every read while an edge is not backfilled, so that a crash between the two
 * leaves no hole that could be seen. With nothing to do it costs one probe of a partial index.
 */
export async function backfill(pool: pg.Pool, store: TimelineStore, followerId: number): Promise<void> {
  for (const edge of await pendingEdges(pool, followerId)) await backfillEdge(pool, store, edge);
}

type Edge = { followeeId: number; followerId: number; since: number };

async function pendingEdges(pool: pg.Pool, followerId: number): Promise<Edge[]> {
  const { rows } = await pool.query<Edge>(
    `SELECT followee_id AS "followeeId", follower_id AS "followerId", since
     FROM follow WHERE follower_id = $1 AND backfilled_at IS NULL`,
    [followerId],
  );
  return rows;
}

async function backfillEdge(pool: pg.Pool, store: TimelineStore, edge: Edge): Promise<void> {
  const { rows } = await pool.query<{ id: number }>(
    `SELECT id FROM tweet WHERE author_id = $1 AND id < $2 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3`,
    [edge.followeeId, edge.since, store.cap],
  );
  const entries = rows.map(({ id }) => ({ id, chunk: null }));
  const merged = await mergeTimeline(store, edge.followerId, { token: null, floor: null, entries });
  // `building`: that rebuild's snapshot may be older than the follow, so the edge stays for the next read.
  if (merged === 'building' || merged === 'unsettled') return;
  await pool.query(
    `UPDATE follow SET backfilled_at = clock_timestamp()
     WHERE followee_id = $1 AND follower_id = $2 AND since = $3`,
    [edge.followeeId, edge.followerId, edge.since],
  );
}
