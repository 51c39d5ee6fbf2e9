import type pg from 'pg';
import { z } from 'zod';
import { THE_ROW } from '#core/admission/backlog.ts';
import { type Audit, audit, NotAuditable } from '#core/audit/audit.ts';
import { someFollowers } from '#core/audit/some-followers.ts';
import { idRow, readRow, readRows } from '#core/rows.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';

type Stores = { pool: pg.Pool; timelines: TimelineStore };

/** The check of one tweet: its audit, and the home pages of a few readers who should see it. */
export type TweetCheck = Pick<Audit, 'tweetId' | 'expected' | 'missing' | 'twice'> & {
  /** Home pages read. */
  readers: number;
  /** Tweets that are owed to these readers and were not on their page. */
  holes: number;
};

const READERS = 3;

/**
 * Reads a delivered tweet back from all timelines, and the home pages of three of its followers, as they would read them.
 * Null when the tweet is not delivered, or is deleted by now. Throws when a store is away.
 */
export async function checkTweet(
  { pool, timelines }: Stores,
  tweetId: number,
  options: { signal?: AbortSignal; random?: () => number } = {},
): Promise<TweetCheck | null> {
  try {
    const { expected, missing, twice } = await audit(pool, timelines, tweetId, options);
    const places = Array.from({ length: READERS }, options.random ?? Math.random);
    const readers = await someFollowers(pool, tweetId, places);
    let holes = 0;
    for (const userId of readers) holes += (await holesOf({ pool, timelines }, userId)).length;
    return { tweetId, expected, missing, twice, readers: readers.length, holes };
  } catch (error) {
    if (error instanceof NotAuditable) return null;
    throw error;
  }
}

const PAGE = 40;

/**
 * Tweets that were delivered before this look and owed to a reader, but are not on the newest page of the reader's home. It
 * looks twice, because a tweet is no hole that was deleted, or whose author was unfollowed, between the two readings.
 */
export async function holesOf(stores: Stores, userId: number): Promise<number[]> {
  const first = await missedBy(stores, userId);
  if (first.length === 0) return [];
  const second = new Set(await missedBy(stores, userId));
  return first.filter((id) => second.has(id));
}

async function missedBy(stores: Stores, userId: number): Promise<number[]> {
  const owed = await newestOwed(stores.pool, userId);
  const { tweets, next } = await readHome(stores, { userId, limit: PAGE * 2 });
  const shown = new Set(tweets.map(({ id }) => id));
  const oldest = next === null ? 0 : (tweets.at(-1)?.id ?? 0);
  return owed.filter((id) => id >= oldest && !shown.has(id));
}

/** The newest delivered tweets of those whom a reader follows. */
async function newestOwed(pool: pg.Pool, userId: number): Promise<number[]> {
  const rows = await readRows(pool, idRow, {
    text: `
      SELECT t.id FROM follow f
      CROSS JOIN LATERAL (
        SELECT id FROM tweet WHERE author_id = f.followee_id AND deleted_at IS NULL ORDER BY id DESC LIMIT $2
      ) t
      JOIN fan_out o ON o.tweet_id = t.id AND o.state = 'delivered'
      WHERE f.follower_id = $1 AND f.since < t.id ORDER BY t.id DESC LIMIT $2`,
    values: [userId, PAGE],
  });
  return rows.map(({ id }) => id);
}

/** Tweets whose delivery ended within so many seconds and that were promised to at most so many; the newest first. */
export async function lateTweets(pool: pg.Pool, { seconds, most }: { seconds: number; most: number }) {
  const rows = await readRows(pool, idRow, {
    text: `
      SELECT f.tweet_id AS id FROM fan_out f JOIN tweet t ON t.id = f.tweet_id AND t.deleted_at IS NULL
      WHERE f.state = 'delivered' AND f.finished_at > clock_timestamp() - $1 * interval '1 s'
        AND f.expected BETWEEN 1 AND $2
      ORDER BY f.tweet_id DESC LIMIT 100`,
    values: [seconds, most],
  });
  return rows.map(({ id }) => id);
}

/** Deliveries promised and not yet done. */
export async function readWaiting(pool: Pick<pg.Pool, 'query'>): Promise<number> {
  const row = z.object({ deliveries: z.int() });
  return (await readRow(pool, row, { text: `SELECT deliveries FROM backlog WHERE ${THE_ROW}` })).deliveries;
}
