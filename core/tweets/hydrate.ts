import type pg from 'pg';
import type { Tweet } from '#core/tweets/tweet.ts';

type Row = { id: number; text: string; createdAt: Date; authorId: number; handle: string; name: string };

const COLUMNS = `t.id, t.text, t.created_at AS "createdAt", u.id AS "authorId", u.handle, u.name`;

/**
 * Turns ids of a home timeline into tweets, newest first. Drops what its reader must not see any more: deleted
 * tweets, and tweets of authors unfollowed meanwhile. Timelines are never cleaned for either.
 */
export async function hydrateFor(pool: pg.Pool, viewerId: number, ids: number[]): Promise<Tweet[]> {
  if (ids.length === 0) return [];
  const { rows } = await pool.query<Row>(
    `SELECT ${COLUMNS} FROM tweet t JOIN "user" u ON u.id = t.author_id
     WHERE t.id = ANY($1) AND t.deleted_at IS NULL
       AND (t.author_id = $2
         OR EXISTS (SELECT FROM follow WHERE followee_id = t.author_id AND follower_id = $2))
     ORDER BY t.id DESC`,
    [ids, viewerId],
  );
  return rows.map(toTweet);
}

/** One author's tweets below `before`, newest first, `limit` at most. */
export async function readTweetsBy(
  pool: pg.Pool,
  authorId: number,
  { before, limit }: { before: number; limit: number },
): Promise<Tweet[]> {
  const { rows } = await pool.query<Row>(
    `SELECT ${COLUMNS} FROM tweet t JOIN "user" u ON u.id = t.author_id
     WHERE t.author_id = $1 AND t.id < $2 AND t.deleted_at IS NULL ORDER BY t.id DESC LIMIT $3`,
    [authorId, before, limit],
  );
  return rows.map(toTweet);
}

/** One tweet, or null when it never was or is deleted. */
export async function readTweet(pool: pg.Pool, tweetId: number): Promise<Tweet | null> {
  const { rows } = await pool.query<Row>(
    `SELECT ${COLUMNS} FROM tweet t JOIN "user" u ON u.id = t.author_id WHERE t.id = $1 AND t.deleted_at IS NULL`,
    [tweetId],
  );
  return rows[0] ? toTweet(rows[0]) : null;
}

function toTweet(row: Row): Tweet {
  const { id, text, authorId, handle, name } = row;
  return { id, author: { id: authorId, handle, name }, text, createdAt: row.createdAt.toISOString() };
}
