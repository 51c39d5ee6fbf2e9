import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';

export type Author = { id: number; handle: string; name: string };

/** A tweet as it is shown. `createdAt` is ISO 8601, UTC. */
export type Tweet = { id: number; author: Author; text: string; createdAt: string };

const row = z.object({
  id: z.number(),
  text: z.string(),
  createdAt: z.date(),
  authorId: z.number(),
  handle: z.string(),
  name: z.string(),
});

const COLUMNS = `t.id, t.text, t.created_at AS "createdAt", u.id AS "authorId", u.handle, u.name`;

/**
 * Turns ids of a home timeline into tweets, the newest first. Drops what its reader must not see any more: deleted tweets,
 * and tweets of authors who were unfollowed. Timelines are never cleaned of them.
 */
export async function hydrateFor(pool: pg.Pool, viewerId: number, ids: number[]): Promise<Tweet[]> {
  if (ids.length === 0) return [];
  const rows = await readRows(pool, row, {
    text: `
      SELECT ${COLUMNS} FROM tweet t JOIN "user" u ON u.id = t.author_id
      WHERE t.id = ANY($1) AND t.deleted_at IS NULL
        AND (t.author_id = $2
          OR EXISTS (SELECT FROM follow WHERE followee_id = t.author_id AND follower_id = $2))
      ORDER BY t.id DESC`,
    values: [ids, viewerId],
  });
  return rows.map(toTweet);
}

/** One tweet. Null when it never existed, or is deleted. */
export async function readTweet(pool: pg.Pool, tweetId: number): Promise<Tweet | null> {
  const [found] = await readRows(pool, row, {
    text: `
      SELECT ${COLUMNS} FROM tweet t JOIN "user" u ON u.id = t.author_id
      WHERE t.id = $1 AND t.deleted_at IS NULL`,
    values: [tweetId],
  });
  return found ? toTweet(found) : null;
}

function toTweet({ id, text, createdAt, authorId, handle, name }: z.infer<typeof row>): Tweet {
  return { id, author: { id: authorId, handle, name }, text, createdAt: createdAt.toISOString() };
}
