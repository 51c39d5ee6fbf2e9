import type pg from 'pg';
import { z } from 'zod';
import { EVERY_SHARD } from '#core/ledger/layout.ts';
import { type ChunkRef, packedFollowers } from '#core/ledger/start-and-finish.ts';
import { readRow, readRows } from '#core/rows.ts';

/** How far a repair has got: behind this fan-out, which ended then. The time is as Postgres writes it. */
export const repairPlace = z.object({ finishedAt: z.string(), tweetId: z.int() });
export type RepairPlace = z.infer<typeof repairPlace>;

const FAN_OUTS = 200; // a page: a few ms of Postgres, and 50,000 chunks if all are of celebrities
const UNFINISHED = 5_000; // a page: they have no index of their own, so each page looks at all of them

/** What a timeline store may lack since some moment. */
export type Loss = { fanOuts: number; deliveries: number; hours: number };

/** Counts what may be lost since a moment, but no more than `most` fan-outs. */
export async function lossSince(client: pg.PoolClient, since: string, most: number): Promise<Loss> {
  return readRow(client, z.object({ fanOuts: z.int(), deliveries: z.number(), hours: z.number() }), {
    text: `
      SELECT count(*)::int AS "fanOuts", coalesce(sum(expected), 0)::float8 AS deliveries,
        (extract(epoch FROM clock_timestamp() - $1::timestamptz) / 3600)::float8 AS hours
      FROM (SELECT expected - pulled AS expected FROM fan_out WHERE finished_at >= $1::timestamptz ORDER BY finished_at LIMIT $2) f`,
    values: [since, most],
  });
}

/** A repair pushes what was planned for the layout of its shard. Nothing of a layout before is pushed any more. */
type OfShard = { shard: number; generation: number };

const chunkOf = z.object({ tweetId: z.int(), number: z.int().nullable() });
const finishedChunk = chunkOf.extend({ finishedAt: z.string() });
export type FinishedPage = { chunks: ChunkRef[]; next: RepairPlace | null };

/**
 * The next page of fan-outs that were finished since a moment, with their chunks that were finished since then: a
 * restored store has lost their pushes. It goes by the index of ends, so the size of the table does not matter.
 */
export async function finishedAfter(
  client: pg.PoolClient,
  { shard, generation, since, place }: OfShard & { since: string; place: RepairPlace },
): Promise<FinishedPage> {
  const rows = await readRows(client, finishedChunk, {
    text: `
      SELECT f.tweet_id AS "tweetId", f.finished_at::text AS "finishedAt", c.number FROM (
        SELECT tweet_id, finished_at, coalesce(layout, 0) AS layout FROM fan_out
        WHERE (finished_at, tweet_id) > ($3::timestamptz, $4) ORDER BY finished_at, tweet_id LIMIT $5
      ) f LEFT JOIN LATERAL (
        SELECT number FROM chunk
        WHERE tweet_id = f.tweet_id AND shard IN ($1, ${EVERY_SHARD}) AND state = 'delivered'
          AND finished_at >= $2::timestamptz AND f.layout = $6 OFFSET 0
      ) c ON true
      ORDER BY f.finished_at, f.tweet_id`,
    values: [shard, since, place.finishedAt, place.tweetId, FAN_OUTS, generation],
  });
  const last = rows.at(-1);
  return {
    chunks: rows.flatMap(refOf),
    next: last ? { finishedAt: last.finishedAt, tweetId: last.tweetId } : null,
  };
}

/**
 * The next page of fan-outs that are not finished, with those of their chunks that were finished since a moment, and
 * those that a worker has taken: their push may have come before the loss, or may still come. Read these fan-outs
 * before the finished ones. Otherwise a fan-out that ends meanwhile would be in neither.
 */
export async function unfinishedAfter(
  client: pg.PoolClient,
  { shard, generation, since, tweetId }: OfShard & { since: string | null; tweetId: number },
): Promise<{ chunks: ChunkRef[]; next: number | null }> {
  const rows = await readRows(client, chunkOf, {
    text: `
      SELECT f.tweet_id AS "tweetId", c.number FROM (
        SELECT tweet_id, coalesce(layout, 0) AS layout FROM fan_out WHERE finished_at IS NULL AND tweet_id > $3 ORDER BY tweet_id + 0 LIMIT $4
      ) f LEFT JOIN LATERAL (
        SELECT number FROM chunk
        WHERE tweet_id = f.tweet_id AND f.layout = $5 AND shard IN ($1, ${EVERY_SHARD}) AND (
          (state = 'waiting' AND started_at IS NOT NULL) OR (state = 'delivered' AND finished_at >= $2::timestamptz)
        ) OFFSET 0
      ) c ON true
      ORDER BY f.tweet_id`,
    values: [shard, since, tweetId, UNFINISHED, generation],
  });
  return { chunks: rows.flatMap(refOf), next: rows.at(-1)?.tweetId ?? null };
}

const refOf = ({ tweetId, number }: z.infer<typeof chunkOf>): ChunkRef[] =>
  number === null ? [] : [{ tweetId, number }];

const lostPush = z.object({ tweetId: z.int(), chunk: z.int(), shard: z.int(), followers: z.string() });

/** What the pushes of these chunks need, as the ledger has it now. A chunk of all shards comes with all of its followers. */
export async function readPushes(client: pg.PoolClient, chunks: ChunkRef[], shards: number) {
  return readRows(client, lostPush, {
    text: `
      SELECT c.tweet_id AS "tweetId", c.number AS chunk, c.shard, ${packedFollowers('c', shards)} AS followers
      FROM unnest($1::bigint[], $2::int[]) AS lost (tweet_id, number) CROSS JOIN LATERAL (
        SELECT c.*, t.author_id FROM chunk c JOIN tweet t ON t.id = c.tweet_id
        WHERE c.tweet_id = lost.tweet_id AND c.number = lost.number OFFSET 0
      ) c`,
    values: [chunks.map(({ tweetId }) => tweetId), chunks.map(({ number }) => number)],
  });
}
