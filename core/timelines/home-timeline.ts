import type pg from 'pg';
import { isStoreAway, isTooSlow } from '#core/away.ts';
import { type IdRange, orderOf } from '#core/id-range.ts';
import { idRow, readRows } from '#core/rows.ts';
import { backfill, isBackfilled } from '#core/timelines/backfill.ts';
import { pulledSql } from '#core/timelines/pulled.ts';
import { type ReadResult, readTimeline } from '#core/timelines/read-timeline.ts';
import { rebuild } from '#core/timelines/rebuild.ts';
import { asOfNow, type Timeline, type TimelineStore, TOP } from '#core/timelines/timeline.ts';
import type { Tweet } from '#core/tweets/tweet.ts';
import { hydrateFor } from '#core/tweets/tweet.ts';

export type HomePage = {
  /** The newest first, each once. */
  tweets: Tweet[];
  /** The next page is below this id; null at the end. */
  next: number | null;
  /** `postgres` when the timeline store is away or this page lies below the timeline's floor. */
  source: 'timeline' | 'postgres';
};

export type PageRequest = {
  userId: number;
  /** Only tweets with smaller ids than this one. */
  before?: number;
  limit: number;
};

type Stores = { pool: pg.Pool; timelines: TimelineStore };

/**
 * One page of a home timeline. Down to the floor the ids come from the timeline, with the reader's own tweets
 * overlaid from Postgres so that they never depend on the queue, and those that are pulled. Below it, or with the store
 * away, everything is read from Postgres. Complete in either case.
 */
export async function readHome(
  stores: Stores,
  { userId, before = TOP, limit }: PageRequest,
): Promise<HomePage> {
  const timeline = await warmTimeline(stores, userId);
  return timeline
    ? readPage(stores.pool, timeline, { userId, before, limit })
    : readHomeFromPostgres(stores.pool, { userId, before, limit });
}

/** The same page, for a caller who knows that the timeline store is away: asking again would take until its timeout. */
export async function readHomeFromPostgres(
  pool: pg.Pool,
  { userId, before = TOP, limit }: PageRequest,
): Promise<HomePage> {
  return readPage(pool, { ids: [], floor: TOP }, { userId, before, limit });
}

async function readPage(
  pool: pg.Pool,
  timeline: Timeline,
  { userId, before, limit }: Required<PageRequest>,
): Promise<HomePage> {
  const upper = await readAboveFloor(pool, timeline, { userId, before, limit: limit + 1 });
  const isFull = upper.length > limit || timeline.floor === 0; // no id lies below such a floor
  const lower = isFull
    ? []
    : await readFromPostgres(pool, {
        userId,
        before: Math.min(before, timeline.floor + 1),
        after: 0,
        limit: limit + 1 - upper.length,
      });
  const tweets = [...upper, ...lower];
  const shown = tweets.slice(0, limit);
  return {
    tweets: shown,
    next: tweets.length > limit ? (shown.at(-1)?.id ?? null) : null,
    source: upper.length > 0 || timeline.floor < before ? 'timeline' : 'postgres',
  };
}

/**
 * The reader's timeline, backfilled and rebuilt where that is needed. Null when it cannot be trusted: the store is away or
 * being repaired, another process rebuilds it right now, or it lacks the tweets of somebody newly followed.
 */
async function warmTimeline({ pool, timelines: live }: Stores, userId: number): Promise<Timeline | null> {
  const timelines = asOfNow(live);
  try {
    if (!(await backfill(pool, timelines, userId))) return null;
    const found = await readOrRebuild({ pool, timelines }, userId);
    // If the store was restored and repaired since the backfill, the backfill is lost, and the repair has removed its mark.
    // If another layout is in force, nobody pushes to the timeline that was read.
    return found.outcome === 'warm' && (await isBackfilled(pool, timelines, userId)) ? found : null;
  } catch (error) {
    if (isStoreAway(error)) return null;
    throw error;
  }
}

async function readOrRebuild({ pool, timelines }: Stores, userId: number): Promise<ReadResult> {
  const found = await readTimeline(timelines, userId);
  if (found.outcome !== 'cold') return found;
  return (await rebuildInTime(pool, timelines, userId)) ? readTimeline(timelines, userId) : found;
}

/**
 * False also when the rebuild took too long: it reads some 800 tweets of each followee, and the page only 20. Whoever
 * reads within the rebuild's lease of 10 s does not try it again.
 */
async function rebuildInTime(pool: pg.Pool, timelines: TimelineStore, userId: number): Promise<boolean> {
  return rebuild(pool, timelines, userId).catch((error: unknown) => {
    if (isTooSlow(error)) return false;
    throw error;
  });
}

async function readAboveFloor(
  pool: pg.Pool,
  { ids, floor }: Timeline,
  { userId, before, limit }: Required<PageRequest>,
): Promise<Tweet[]> {
  if (before <= floor) return [];
  const overlaid = await overlaidIds(pool, { userId, before, after: floor, limit });
  // With as many as were asked for, there may be more to overlay below the last one.
  const above = overlaid.length < limit ? floor : (overlaid.at(-1) ?? 0) - 1;
  const candidates = [...new Set([...ids, ...overlaid])]
    .filter((id) => id > above && id < before)
    .sort((a, b) => b - a);
  const tweets: Tweet[] = [];
  // Some candidates are deleted or unfollowed: go on until the page is full.
  for (let from = 0; from < candidates.length && tweets.length < limit; from += limit)
    tweets.push(...(await hydrateFor(pool, userId, candidates.slice(from, from + limit))));
  if (tweets.length >= limit || above === floor) return tweets.slice(0, limit);
  // Some were deleted or unfollowed since they were found: the page goes on below them.
  const more = { userId, before: above + 1, limit: limit - tweets.length };
  return [...tweets, ...(await readAboveFloor(pool, { ids, floor }, more))];
}

/** The newest of the reader's own tweets and of those that are pulled. */
async function overlaidIds(
  pool: pg.Pool,
  { userId, before, after, limit }: PostgresRequest,
): Promise<number[]> {
  const rows = await readRows(pool, idRow, {
    text: `
      SELECT id FROM (
        (SELECT id FROM tweet
         WHERE author_id = $1 AND id < $2 AND id > $4 AND deleted_at IS NULL ORDER BY id DESC LIMIT $3)
        UNION ALL
        (${pulledSql({ reader: '$1', below: '$2', above: '$4', limit: '$3' })})
      ) overlaid
      ORDER BY id DESC LIMIT $3`,
    values: [userId, before, limit, after],
  });
  return rows.map(({ id }) => id);
}

/**
 * The tweets of a home timeline just above an id, as Postgres knows them, the newest first. `HomeReader` asks for it when
 * there are more than a page holds.
 */
export const readHomeAbove = (
  pool: pg.Pool,
  { userId, before, after, limit }: PostgresRequest,
): Promise<Tweet[]> => readFromPostgres(pool, { userId, before, after, limit }, 'oldest');

type PostgresRequest = Required<PageRequest> & { after: number };

/** A part of the timeline as Postgres knows it: tweets of each followee and of the reader, merged. */
async function readFromPostgres(
  pool: pg.Pool,
  { userId, before, after, limit }: PostgresRequest,
  take: IdRange['take'] = 'newest',
): Promise<Tweet[]> {
  const rows = await readRows(pool, idRow, {
    text: `
      SELECT t.id FROM (
        SELECT followee_id AS author_id FROM follow WHERE follower_id = $1 UNION ALL SELECT $1
      ) a
      CROSS JOIN LATERAL (
        SELECT id FROM tweet WHERE author_id = a.author_id AND id < $2 AND id > $4 AND deleted_at IS NULL
        ORDER BY id ${orderOf(take)} LIMIT $3
      ) t
      ORDER BY t.id ${orderOf(take)} LIMIT $3`,
    values: [userId, before, limit, after],
  });
  const ids = rows.map(({ id }) => id);
  const tweets = await hydrateFor(pool, userId, ids);
  // Some were deleted or unfollowed between the two queries. A page that is not full would pass for the last one.
  return tweets.length < ids.length ? readFromPostgres(pool, { userId, before, after, limit }, take) : tweets;
}
