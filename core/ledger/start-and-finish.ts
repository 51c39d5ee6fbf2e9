import type pg from 'pg';
import { z } from 'zod';
import { LARGEST_ID } from '#core/followers/packs.ts';
import { EVERY_SHARD, type Layout } from '#core/ledger/layout.ts';
import { LEASE } from '#core/ledger/publish.ts';
import type { DeliveryMessage } from '#core/messages.ts';
import { readRows } from '#core/rows.ts';

const startedChunk = z.object({
  tweetId: z.int(),
  number: z.int(),
  shard: z.int(),
  expected: z.int(),
  authorId: z.int(),
  fromId: z.int(),
  toId: z.int(),
  /** Of the layout that it was planned for, see layout.ts. */
  generation: z.int(),
  /** The followers of the chunk who still follow, packed (see packId); empty when the tweet is deleted. */
  followers: z.string(),
});

/** A chunk that a worker has taken, with all that its push needs. */
export type StartedChunk = z.infer<typeof startedChunk>;

export type ChunkRef = { tweetId: number; number: number };

const columns = (chunk: string, shards: number) => `
  ${chunk}.tweet_id AS "tweetId", ${chunk}.number, ${chunk}.shard, ${chunk}.expected, ${chunk}.author_id AS "authorId",
  ${chunk}.from_id AS "fromId", ${chunk}.to_id AS "toId", ${chunk}.generation, ${packedFollowers(chunk, shards)} AS followers`;

/**
 * Takes the chunks of a message: counts the attempts, notes the worker, and reads the chunks' followers, in one statement.
 * Returns them in the order of their numbers. Leaves out chunks that are done, given up, of a cancelled fan-out,
 * or planned for another layout than this one.
 */
export async function startChunks(
  pool: pg.Pool,
  { tweetId, chunk, count }: DeliveryMessage,
  { worker, shards, generation = 0 }: { worker: string } & Layout,
): Promise<StartedChunk[]> {
  return readRows(pool, startedChunk, {
    name: `start-chunks-of-${shards}`,
    text: `
      WITH waiting AS (
        -- Locked in one order, so that two copies of a message never wait for each other.
        SELECT number FROM chunk
        WHERE tweet_id = $1 AND number >= $2 AND number < $2 + $3 AND state = 'waiting'
        ORDER BY number FOR UPDATE
      ), started AS (
        UPDATE chunk c SET attempts = attempts + 1, worker = $4, started_at = clock_timestamp()
        FROM waiting, fan_out f
        WHERE c.tweet_id = $1 AND c.number = waiting.number
          AND f.tweet_id = $1 AND f.state IN ('waiting', 'delivering') AND coalesce(f.layout, 0) = $5
        RETURNING c.tweet_id, c.number, c.shard, c.expected, c.from_id, c.to_id, f.author_id, $5::int AS generation
      )
      SELECT ${columns('s', shards)} FROM started s ORDER BY s.number`,
    values: [tweetId, chunk, count, worker, generation],
  });
}

/**
 * Plans fan-outs that fit one chunk each, takes those chunks, and reads their followers, in one statement. So three round
 * trips to Postgres replace ten, and each of them would wait for a core while a million is on its way.
 * Leaves out every fan-out that is larger, was planned before, is finished, or does not exist, and all of them when another
 * layout is in force. However many shards there are, it is one chunk. Only in generation 0 several shards leave nothing
 * small: a process of the version before would find nobody in a chunk of all shards, and count its followers as gone.
 *
 * Of several fan-outs it also leaves out those whose rows are locked: a frozen process that holds one must not hold up the
 * others. For a single fan-out it waits.
 *
 * The commit does not wait for the disk, unlike that of a larger plan (see plan.ts). When a crash takes this plan back, the
 * next one has the same range (all ids) and the same count (that of the fan-out), so that the receipt fits both.
 */
export async function startOnlyChunks(
  pool: pg.Pool,
  tweetIds: number[],
  { worker, chunkSize, shards, generation = 0 }: { worker: string; chunkSize: number } & Layout,
): Promise<StartedChunk[]> {
  if (generation === 0 && shards > 1) return [];
  const isAlone = tweetIds.length === 1;
  return readRows(pool, startedChunk, {
    name: isAlone ? 'start-only-chunk' : 'start-only-chunks',
    text: `
      WITH small AS (
        -- Locked in one order, so that two workers with the same tweets never wait for each other.
        SELECT tweet_id FROM fan_out
        WHERE tweet_id = ANY($1::bigint[]) AND state = 'waiting' AND planned_at IS NULL AND chunks = 0
          AND expected BETWEEN 1 AND $3 AND (SELECT planning_layout()) = $6
        ORDER BY tweet_id FOR UPDATE ${isAlone ? '' : 'SKIP LOCKED'}
      ), planned AS (
        UPDATE fan_out f SET chunks = 1, layout = $6, planned_to = $4, planned_at = clock_timestamp(),
          published_at = coalesce(published_at, clock_timestamp()),
          started_at = clock_timestamp(), due_at = clock_timestamp() + $5 * interval '1 ms', state = 'delivering'
        FROM small WHERE f.tweet_id = small.tweet_id
        RETURNING f.tweet_id, f.author_id, f.expected
      ), started AS (
        INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected, attempts, worker, started_at)
        SELECT tweet_id, 0, $7, 1, $4, expected, 1, $2, clock_timestamp() FROM planned
        RETURNING tweet_id, number, shard, expected, from_id, to_id
      )
      SELECT ${columns('s', 1)}
      FROM (SELECT started.*, planned.author_id, $6::int AS generation FROM started JOIN planned USING (tweet_id)) s`,
    values: [tweetIds, worker, chunkSize, LARGEST_ID, LEASE, generation, shards === 1 ? 0 : EVERY_SHARD],
  });
}

/**
 * SQL for the followers of a chunk, packed (see packId): those who followed before the tweet and still do, or nobody when the
 * tweet is deleted. `chunk` names a row with tweet_id, author_id, shard, from_id and to_id. If there is a pack of that range
 * and nobody in it has followed since, it comes from there (see packs.ts); otherwise it is read row by row. Because Postgres
 * packs, a million ids cost Node 0.04 s instead of 0.2 s. The number of shards is written into the text, so that the planner
 * leaves out what is always true: as a parameter it took 10 of the 150 ms of a million.
 */
export function packedFollowers(chunk: string, shards: number): string {
  const exists = `EXISTS (SELECT FROM tweet t WHERE t.id = ${chunk}.tweet_id AND t.deleted_at IS NULL)`;
  return `coalesce((
    SELECT encode(ids, 'hex') FROM follower_pack
    WHERE followee_id = ${chunk}.author_id AND shard = ${chunk}.shard AND from_id = ${chunk}.from_id
      AND to_id = ${chunk}.to_id AND shards = ${shards} AND newest < ${chunk}.tweet_id AND ${exists}
  ), (
    SELECT encode(string_agg(int4send(follower_id), ''), 'hex') FROM follow
    WHERE followee_id = ${chunk}.author_id AND since < ${chunk}.tweet_id
      AND follower_id BETWEEN ${chunk}.from_id AND ${chunk}.to_id
      AND (${shards} = 1 OR ${chunk}.shard IN (${EVERY_SHARD}, follower_id % ${shards})) AND ${exists}
  ), '')`;
}

/** A chunk and what its push did; `redelivered` when its receipt was there and nothing was pushed. */
export type PushedChunk = { number: number; redelivered: boolean; delivered: number; cold: number };

/** Chunks of one fan-out that were pushed. `repairs` of the store were known then, see epoch.ts. */
export type PushedChunks = { tweetId: number; pushed: PushedChunk[]; repairs?: number | undefined };

const finished = z.object({
  tweetId: z.int(),
  authorId: z.int(),
  chunks: z.int(),
  isDelivered: z.boolean(),
  ageMs: z.number(),
  traceparent: z.string().nullable(),
});

/** A fan-out some of whose chunks were finished just now, and whether all of it is delivered. */
export type FinishedFanOut = z.infer<typeof finished>;

/**
 * Writes the counts of chunks and adds them to their fan-outs, once. The last chunk closes its fan-out, by the trigger
 * `close_fan_out`. Returns these fan-outs, without those whose chunks were all finished or given up before: their receipts
 * stay, and a retry finds them. Fails when the store was repaired since these pushes: they may have gone to a server that
 * nobody reads any more.
 */
export async function finishChunks(
  pool: Pick<pg.Pool, 'query'>,
  fanOuts: PushedChunks[],
): Promise<FinishedFanOut[]> {
  const chunks = fanOuts.flatMap(({ tweetId, pushed }) => pushed.map((chunk) => ({ tweetId, ...chunk })));
  return readRows(pool, finished, {
    name: 'finish-chunks',
    text: `
      WITH pushed AS (
        SELECT p.* FROM unnest($1::bigint[], $2::int[], $3::int[], $4::int[], $5::int[])
          AS p (tweet_id, number, delivered, cold, redelivered), (SELECT require_repairs(min(r)) FROM unnest($7::bigint[]) r) known
      ), waiting AS (
        -- Locked in one order, here and below, so that no two of these statements ever wait for each other.
        SELECT c.tweet_id, c.number FROM chunk c JOIN pushed USING (tweet_id, number)
        WHERE c.state = 'waiting' ORDER BY c.tweet_id, c.number FOR UPDATE OF c
      ), done AS (
        UPDATE chunk c SET state = 'delivered', delivered = p.delivered, cold = p.cold,
          gone = c.expected - p.delivered - p.cold, redeliveries = c.redeliveries + p.redelivered,
          finished_at = clock_timestamp(), error = NULL
        FROM waiting w JOIN pushed p USING (tweet_id, number)
        WHERE c.tweet_id = w.tweet_id AND c.number = w.number
        RETURNING c.tweet_id, c.delivered, c.cold, c.gone, p.redelivered
      ), sum AS (
        SELECT tweet_id, count(*)::int AS chunks, sum(delivered)::int AS delivered, sum(cold)::int AS cold,
          sum(gone)::int AS gone, sum(redelivered)::int AS redelivered
        FROM done GROUP BY tweet_id
      ), held AS (
        SELECT f.tweet_id FROM fan_out f JOIN sum USING (tweet_id) ORDER BY f.tweet_id FOR UPDATE OF f
      )
      UPDATE fan_out f SET
        chunks_done = f.chunks_done + sum.chunks,
        delivered = f.delivered + sum.delivered,
        cold = f.cold + sum.cold,
        gone = f.gone + sum.gone,
        redeliveries = f.redeliveries + sum.redelivered,
        first_at = coalesce(f.first_at, clock_timestamp()),
        median_at = CASE WHEN f.median_at IS NULL
          AND 2 * (f.delivered + sum.delivered + f.cold + sum.cold) >= f.expected
          THEN clock_timestamp() ELSE f.median_at END,
        due_at = clock_timestamp() + $6 * interval '1 ms'
      FROM sum JOIN held USING (tweet_id) WHERE f.tweet_id = held.tweet_id
      RETURNING f.tweet_id AS "tweetId", f.author_id AS "authorId", f.chunks, f.state = 'delivered' AS "isDelivered",
        (extract(epoch FROM clock_timestamp() - f.accepted_at) * 1000)::float8 AS "ageMs", f.traceparent`,
    values: [
      chunks.map(({ tweetId }) => tweetId),
      chunks.map(({ number }) => number),
      chunks.map(({ delivered }) => delivered),
      chunks.map(({ cold }) => cold),
      chunks.map(({ redelivered }) => (redelivered ? 1 : 0)),
      LEASE,
      fanOuts.map(({ repairs = null }) => repairs),
    ],
  });
}
