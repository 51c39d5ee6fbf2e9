import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { EVERY_SHARD } from '#core/ledger/layout.ts';
import { readRows } from '#core/rows.ts';
import { beginRebuild, type MergeEntry, mergeTimeline } from '#core/timelines/merge.ts';
import { asOfNow, type TimelineStore } from '#core/timelines/timeline.ts';

/**
 * Rebuilds a cold timeline from Postgres: marker, snapshot, merge, in this order (see timeline.ts). One rebuild a
 * timeline at a time; returns false when another has it, or took it over, and the caller reads Postgres for now.
 */
export async function rebuild(pool: pg.Pool, live: TimelineStore, userId: number): Promise<boolean> {
  const store = asOfNow(live);
  const token = randomUUID();
  const begun = await beginRebuild(store, userId, token);
  if (begun !== 'begun') return begun === 'warm';
  const { entries, floor } = await takeSnapshot(pool, store, userId);
  return (await mergeTimeline(store, userId, { token, floor, entries })) === 'merged';
}

const snapshotRow = z.object({ id: z.int(), isPending: z.boolean(), chunk: z.int().nullable() });

/**
 * The newest `cap` ids that the timeline should hold, and the largest id left out as its floor. A tweet whose chunk
 * the ledger does not have as delivered goes in only if the chunk's receipt says so: else the chunk would push it a
 * second time. One that has no chunk for this follower yet is left to the chunk that will be planned. What was planned in
 * a layout before this one is pushed to nobody any more, and goes in.
 *
 * A few tweets of each author come first: the oldest of the newest of those bounds what is looked at. Without it, 800
 * tweets of each would be read for a reader of 3,000 authors.
 */
async function takeSnapshot(pool: pg.Pool, store: TimelineStore, userId: number) {
  const rows = await readRows(pool, snapshotRow, {
    text: `
      WITH few AS (
        SELECT t.id FROM follow f
        CROSS JOIN LATERAL (
          SELECT id FROM tweet WHERE author_id = f.followee_id AND deleted_at IS NULL ORDER BY id DESC
          LIMIT (SELECT greatest(2 * $2::int / greatest(following_count, 1), 4) FROM "user" WHERE id = $1)
        ) t
        WHERE f.follower_id = $1
      ), newest AS (
        SELECT t.id, f.since FROM follow f
        CROSS JOIN LATERAL (
          SELECT id FROM tweet WHERE author_id = f.followee_id AND deleted_at IS NULL
            AND id >= coalesce((SELECT id FROM few ORDER BY id DESC OFFSET $2::int - 1 LIMIT 1), 0)
          ORDER BY id DESC LIMIT $2
        ) t
        WHERE f.follower_id = $1 ORDER BY t.id DESC LIMIT $2
      )
      SELECT n.id, o.tweet_id IS NOT NULL AND c.state IS DISTINCT FROM 'delivered' AS "isPending", c.number AS chunk
      FROM newest n
      LEFT JOIN fan_out o ON o.tweet_id = n.id AND n.since < n.id AND o.state <> 'delivered'
        AND (o.chunks = 0 OR coalesce(o.layout, 0) = $4)
      LEFT JOIN chunk c ON c.tweet_id = o.tweet_id AND c.shard IN ($1 % $3, ${EVERY_SHARD})
        AND $1 BETWEEN c.from_id AND c.to_id
      ORDER BY n.id DESC`,
    values: [userId, store.cap + 1, store.shards, store.generation ?? 0],
  });
  const fitting = rows.slice(0, store.cap);
  const entries = fitting.filter((row) => !row.isPending || row.chunk !== null);
  return {
    floor: rows[store.cap]?.id ?? 0,
    entries: entries.map(({ id, isPending, chunk }): MergeEntry => ({ id, chunk: isPending ? chunk : null })),
  };
}
