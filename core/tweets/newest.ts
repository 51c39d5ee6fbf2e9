import type pg from 'pg';
import { type IdRange, newestFirst, orderOf } from '#core/id-range.ts';
import { readTweets, SELECT_TWEETS, type Tweet } from '#core/tweets/tweet.ts';

/** The newest tweets of everybody. */
export async function readNewest(pool: pg.Pool, { before, after, limit, take }: IdRange): Promise<Tweet[]> {
  const tweets = await readTweets(pool, {
    text: `
      ${SELECT_TWEETS} WHERE t.id < $1 AND t.id > $2 AND t.deleted_at IS NULL
      ORDER BY t.id ${orderOf(take)} LIMIT $3`,
    values: [before, after, limit],
  });
  return newestFirst(tweets, take);
}

/**
 * The newest tweets with a tag, however it is written; none for what Postgres could not hold. The tags are looked up first: Postgres knows of no tag how rare it
 * is, and might look through everybody's tweets for it.
 */
export async function readNewestOfTag(
  pool: pg.Pool,
  tag: string,
  { before, after, limit, take }: IdRange,
): Promise<Tweet[]> {
  if (tag.includes('\0') || !tag.isWellFormed()) return [];
  return readTweets(pool, {
    text: `
      ${SELECT_TWEETS} WHERE t.deleted_at IS NULL AND t.id = ANY(ARRAY(
        SELECT tweet_id FROM tweet_tag WHERE tag = $1 AND tweet_id < $2 AND tweet_id > $3
          AND EXISTS (SELECT FROM tweet d WHERE d.id = tweet_id AND d.deleted_at IS NULL)
        ORDER BY tweet_id ${orderOf(take)} LIMIT $4
      )) ORDER BY t.id DESC`,
    values: [tag.normalize('NFC').toLowerCase(), before, after, limit],
  });
}
