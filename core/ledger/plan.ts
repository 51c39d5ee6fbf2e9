import type pg from 'pg';
import { z } from 'zod';
import { type Cut, LARGEST_ID } from '#core/followers/packs.ts';
import type { Layout } from '#core/ledger/layout.ts';
import { LEASE } from '#core/ledger/publish.ts';
import { durableTransaction } from '#core/postgres.ts';
import { readRow, readRows } from '#core/rows.ts';

export type PlanOptions = Layout & {
  /** Followers a chunk. */
  chunkSize: number;
  /** Chunks to plan in this step. */
  most: number;
};

/**
 * `unknown`: there is no such fan-out. `closed`: it is finished, failed or cancelled, and there is nothing to plan.
 * `elsewhere`: it would be planned for a layout of the timelines that is no longer in force, see layout.ts.
 * `planned`: `numbers` are new, and `chunks` are planned so far.
 */
export type PlanStep =
  | { outcome: 'unknown' }
  | { outcome: 'closed' }
  | { outcome: 'elsewhere' }
  | { outcome: 'planned'; numbers: number[]; isComplete: boolean; authorId: number; chunks: number };

const fanOutRow = z.object({
  state: z.enum(['waiting', 'delivering', 'delivered', 'failed', 'cancelled']),
  chunks: z.int(),
  isPlanned: z.boolean(),
  authorId: z.int(),
  /** Of the layout in which it is planned; null when nothing is planned yet. */
  shards: z.int().nullable(),
  generation: z.int().nullable(),
  /** How far each shard is planned; a shard of which nothing is planned is missing. */
  plannedTo: z.array(z.object({ shard: z.int(), to: z.int() })),
});
type FanOut = z.infer<typeof fanOutRow>;

/**
 * Plans the next chunks of a fan-out and returns their numbers. Planning goes on where the ledger says that it stopped. So
 * every range is planned once, however often and by however many workers this is called. Thanks to the steps, the first
 * chunks are delivered while the last ones are planned: planning a million in one statement would make the whole delivery
 * a quarter longer.
 *
 * The ranges are read before the fan-out's row is locked. That takes up to 70 ms for 230 ranges, and every chunk that is
 * finished meanwhile would wait for the lock, so that the store would run dry. When another worker has planned further in
 * between, this one plans nothing.
 */
export async function planChunks(pool: pg.Pool, tweetId: number, options: PlanOptions): Promise<PlanStep> {
  const fanOut = await readFanOut(pool, tweetId);
  if (!fanOut) return { outcome: 'unknown' };
  const { shards, generation } = fanOut;
  const cut = {
    ...options,
    shards: shards ?? options.shards,
    generation: generation ?? options.generation ?? 0,
  };
  const ranges = fanOut.isPlanned ? [] : await nextRanges(pool, { ...fanOut, ...cut, tweetId });
  // A plan that a crash of Postgres took back could be made again with other ranges, under the same receipts.
  return durableTransaction(pool, async (client) => {
    if (fanOut.shards === null && !(await isInForce(client, options))) return { outcome: 'elsewhere' };
    const locked = await readFanOut(client, tweetId, 'FOR UPDATE');
    if (locked?.state !== 'waiting' && locked?.state !== 'delivering') return { outcome: 'closed' };
    const isUnchanged = locked.chunks === fanOut.chunks && !locked.isPlanned;
    const planned = isUnchanged ? ranges : [];
    const isComplete = locked.isPlanned || (isUnchanged && ranges.length < options.most);
    await insertChunks(client, tweetId, planned);
    await advance(client, tweetId, { planned, isComplete, layout: options });
    return {
      ...{ outcome: 'planned', isComplete, authorId: fanOut.authorId },
      numbers: planned.map(({ number }) => number),
      chunks: locked.chunks + planned.length,
    };
  });
}

/** Whether plans are made for this layout. If so, none is made for another until the end of the transaction. */
async function isInForce(client: pg.PoolClient, { generation = 0 }: Layout): Promise<boolean> {
  const found = await readRow(client, z.object({ generation: z.int() }), {
    text: 'SELECT planning_layout() AS generation',
  });
  return found.generation === generation;
}

/** A plan goes on behind the last chunk of each shard. The version before planned one shard after another, as far as this. */
async function readFanOut(client: Pick<pg.Pool, 'query'>, tweetId: number, lock: 'FOR UPDATE' | '' = '') {
  const [fanOut] = await readRows(client, fanOutRow, {
    text: `
      SELECT state, chunks, planned_at IS NOT NULL AS "isPlanned", author_id AS "authorId",
        CASE WHEN chunks > 0 THEN
          (SELECT shards FROM timeline_layout WHERE generation = coalesce(layout, 0))
        END AS shards,
        CASE WHEN chunks > 0 THEN coalesce(layout, 0) END AS generation,
        -- After a wait for the lock the row is newer than all else here: it may count chunks that are not seen yet.
        CASE WHEN planned_at IS NULL AND chunks > 0 THEN (
          SELECT coalesce(json_agg(json_build_object('shard', shard, 'to', last)), '[]') FROM (
            SELECT shard, max(to_id) AS last FROM chunk WHERE tweet_id = $1 GROUP BY shard
          ) planned
        ) ELSE '[]' END AS "plannedTo"
      FROM fan_out WHERE tweet_id = $1 ${lock}`,
    values: [tweetId],
  });
  return fanOut;
}

async function insertChunks(client: pg.PoolClient, tweetId: number, ranges: Range[]) {
  if (ranges.length === 0) return;
  await client.query(
    `INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected)
     SELECT $1, * FROM unnest($2::int[], $3::int[], $4::int[], $5::int[], $6::int[])`,
    [
      tweetId,
      ranges.map((range) => range.number),
      ranges.map((range) => range.shard),
      ranges.map((range) => range.from),
      ranges.map((range) => range.to),
      ranges.map((range) => range.expected),
    ],
  );
}

type Step = { planned: Range[]; isComplete: boolean; layout: Layout };

/** Moves the planning on. A plan all of whose chunks are done already is closed by the trigger `close_fan_out`. */
async function advance(
  client: pg.PoolClient,
  tweetId: number,
  { planned, isComplete, layout }: Step,
): Promise<void> {
  const last = planned.at(-1);
  await readRow(client, z.object({}), {
    text: `
      UPDATE fan_out SET
        chunks = chunks + $2,
        planned_shard = coalesce($3, planned_shard), planned_to = coalesce($4, planned_to), -- for the version before
        layout = CASE WHEN chunks = 0 THEN $5 ELSE layout END,
        published_at = coalesce(published_at, clock_timestamp()),
        started_at = coalesce(started_at, clock_timestamp()),
        planned_at = CASE WHEN $6 THEN coalesce(planned_at, clock_timestamp()) END,
        due_at = greatest(due_at, clock_timestamp() + $7 * interval '1 ms'), -- the relay may have given it longer
        state = 'delivering'
      WHERE tweet_id = $1 RETURNING tweet_id`,
    values: [
      ...[tweetId, planned.length, last?.shard ?? null, last?.to ?? null],
      ...[layout.generation ?? 0, isComplete, LEASE],
    ],
  });
}

const found = z.object({ from: z.int(), to: z.int(), expected: z.int() });

type Found = z.infer<typeof found>;

/** Of one chunk: `expected` followers of one shard have ids in `from`..`to`, both included. */
type Range = Found & { number: number; shard: number };

type Planning = Pick<FanOut, 'authorId' | 'chunks' | 'plannedTo'> &
  Cut & { generation: number; tweetId: number; most: number };

/**
 * Up to `most` ranges that are next: fewer when there are no more. They go round the shards, so that a large fan-out keeps all
 * servers of the store busy from its first chunks to its last. Each shard gets its share of the step. What one shard does not
 * need is left to the next step, or, when it is the last one, to the shards after it.
 *
 * In generation 0 they go through one shard after the other. A process of the version before may go on with such a plan during
 * an upgrade, and knows only of one place at which it stopped.
 */
async function nextRanges(
  pool: pg.Pool,
  { plannedTo, most, generation, ...planning }: Planning,
): Promise<Range[]> {
  const after = new Map(plannedTo.map(({ shard, to }) => [shard, to]));
  const { shards, chunks } = planning;
  const first = generation > 0 ? chunks : 0; // the step before ended somewhere in the round
  let open = Array.from({ length: shards }, (_, n) => (first + n) % shards);
  const ranges: Omit<Range, 'number'>[] = [];
  while (open.length > 0 && ranges.length < most) {
    const round = generation > 0 ? open : open.slice(0, 1);
    const limit = Math.ceil((most - ranges.length) / round.length);
    const found: { shard: number; next: Found[] }[] = [];
    for (const shard of round) {
      const next = await rangesAfter(pool, { ...planning, shard, after: after.get(shard) ?? 0, limit });
      found.push({ shard, next });
      after.set(shard, next.at(-1)?.to ?? LARGEST_ID);
    }
    ranges.push(...goingRound(found));
    const more = found.filter(({ next }) => next.length === limit).map(({ shard }) => shard);
    open = [...more, ...open.slice(round.length)];
  }
  return ranges.slice(0, most).map((range, n) => ({ ...range, number: chunks + n }));
}

/** The first range of each shard, then the second of each, and so on. */
function goingRound(found: { shard: number; next: Found[] }[]): Omit<Range, 'number'>[] {
  const longest = Math.max(...found.map(({ next }) => next.length));
  return Array.from({ length: longest }, (_, n) =>
    found.flatMap(({ shard, next }) => next.slice(n, n + 1).map((range) => ({ ...range, shard }))),
  ).flat();
}

type Next = {
  tweetId: number;
  authorId: number;
  chunkSize: number;
  shards: number;
  shard: number;
  after: number;
  limit: number;
};

/** Takes the ranges of packs, if a pack begins where the plan has stopped. Otherwise it walks over the followers. */
async function rangesAfter(pool: pg.Pool, next: Next): Promise<Found[]> {
  if (next.after === LARGEST_ID) return [];
  const packs = await packsAfter(pool, next);
  return packs[0]?.from === next.after + 1 ? packs : walk(pool, next);
}

/** Whoever has followed since the tweet is in the pack already, but is not counted. */
async function packsAfter(
  pool: pg.Pool,
  { tweetId, authorId, chunkSize, shards, shard, after, limit }: Next,
): Promise<Found[]> {
  return readRows(pool, found, {
    text: `
      SELECT from_id AS "from", to_id AS "to", CASE WHEN newest < $2 THEN count ELSE (
        SELECT count(*)::int FROM follow
        WHERE followee_id = $1 AND since < $2 AND follower_id BETWEEN from_id AND to_id AND follower_id % shards = shard
      ) END AS expected
      FROM follower_pack
      WHERE followee_id = $1 AND shard = $3 AND from_id > $4 AND shards = $5 AND chunk_size = $6
      ORDER BY from_id LIMIT $7`,
    values: [authorId, tweetId, shard, after, shards, chunkSize, limit],
  });
}

async function walk(
  pool: pg.Pool,
  { tweetId, authorId, chunkSize, shards, shard, after, limit }: Next,
): Promise<Found[]> {
  return readRows(pool, found, {
    text: walkOf(shards),
    values: [authorId, tweetId, after, chunkSize, limit, shard],
  });
}

/**
 * Walks the index of `follow` from one boundary to the next, without fetching a row: about 0.3 ms for a chunk of 4,000. A
 * full chunk ends at its last follower and is not counted; the rest at the end is. (Counting every chunk took 0.5 ms.)
 */
const walkOf = (shards: number): string => `
  WITH RECURSIVE follower AS NOT MATERIALIZED (
    SELECT follower_id AS id FROM follow
    WHERE followee_id = $1 AND since < $2 AND (${shards} = 1 OR follower_id % ${shards} = $6::int)
  ), step AS (
    SELECT 0 AS n, $3::int AS to_id
    UNION ALL
    SELECT n + 1, (SELECT id FROM follower WHERE id > step.to_id ORDER BY id OFFSET $4 - 1 LIMIT 1)
    FROM step WHERE n < $5 AND to_id IS NOT NULL
  ), range AS (
    SELECT n, lag(to_id) OVER (ORDER BY n) + 1 AS from_id, to_id FROM step
  )
  SELECT from_id AS "from", coalesce(range.to_id, rest.to_id) AS "to", coalesce(rest.expected, $4) AS expected
  FROM range LEFT JOIN LATERAL (
    SELECT max(id) AS to_id, count(*)::int AS expected FROM follower WHERE range.to_id IS NULL AND id >= from_id
  ) rest ON range.to_id IS NULL
  WHERE n > 0 AND (range.to_id IS NOT NULL OR rest.expected > 0)
  ORDER BY n`;
