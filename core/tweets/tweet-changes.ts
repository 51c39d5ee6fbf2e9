import type pg from 'pg';
import { z } from 'zod';
import { HintChannel } from '#core/hints.ts';
import { readRow, readRows } from '#core/rows.ts';

const change = z.object({ kind: z.enum(['posted', 'deleted']), tweetId: z.int(), authorId: z.int() });

/** A tweet was posted or deleted. */
export type TweetChange = z.infer<typeof change>;

/**
 * The process that has committed a change tells all web processes, so that they can show it to those who listen. An author
 * hears of the own tweet by this and not by its delivery, which may have to wait behind a million others.
 */
export const TWEET_CHANGES = new HintChannel('tweets', change);

const deleted = z.object({ version: z.int(), tweetId: z.int(), authorId: z.int() });

/** A tweet that was deleted; the versions of the log of home changes rise in the order of the commits. */
export type DeletedTweet = z.infer<typeof deleted>;

/** The newest version of the log, from which on {@link readDeleted} may read; 0 when nothing was ever written. */
export async function newestDeletion(pool: pg.Pool): Promise<number> {
  const { version } = await readRow(pool, z.object({ version: z.int() }), {
    text: 'SELECT coalesce(max(version), 0)::bigint AS version FROM home_change',
  });
  return version;
}

/** At most `most` tweets that were deleted after a version of the log, in the order of their deletion. */
export async function readDeleted(pool: pg.Pool, since: number, most: number): Promise<DeletedTweet[]> {
  return readRows(pool, deleted, {
    name: 'deleted-since',
    text: `
      SELECT c.version, t.id AS "tweetId", t.author_id AS "authorId"
      FROM home_change c JOIN tweet t ON t.id = c.tweet_id
      WHERE c.version > $1 ORDER BY c.version LIMIT $2`,
    values: [since, most],
  });
}

/** The newest of the tweets that were deleted within the last seconds, at most `most`, in the order of their deletion. */
export async function readRecentlyDeleted(
  pool: pg.Pool,
  { seconds, most }: { seconds: number; most: number },
): Promise<DeletedTweet[]> {
  const newestFirst = await readRows(pool, deleted, {
    name: 'recently-deleted',
    text: `
      SELECT c.version, t.id AS "tweetId", t.author_id AS "authorId"
      FROM (SELECT * FROM home_change ORDER BY version DESC LIMIT 1000) c JOIN tweet t ON t.id = c.tweet_id
      WHERE c.at > clock_timestamp() - $1 * interval '1 second' ORDER BY c.version DESC LIMIT $2`,
    values: [seconds, most],
  });
  return newestFirst.reverse();
}

/** Which of these users may have these tweets: the authors, and those who followed them before. */
export async function readersOf(
  pool: pg.Pool,
  tweets: DeletedTweet[],
  userIds: number[],
): Promise<{ tweetId: number; userId: number }[]> {
  return readRows(pool, z.object({ tweetId: z.int(), userId: z.int() }), {
    text: `
      SELECT t.id AS "tweetId", u.id AS "userId"
      FROM unnest($1::bigint[], $2::int[]) t(id, author) CROSS JOIN unnest($3::int[]) u(id)
      WHERE t.author = u.id OR (SELECT true FROM follow
        WHERE followee_id = t.author AND follower_id = u.id AND since < t.id) IS NOT NULL`,
    values: [tweets.map(({ tweetId }) => tweetId), tweets.map(({ authorId }) => authorId), userIds],
  });
}
