import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';

export type Author = { id: number; handle: string; name: string };

/** The app that a tweet was posted with, as it called itself then. */
export type TweetApp = { name: string; website: string | null };

/** A tweet as it is shown. `createdAt` is ISO 8601, UTC. `app` is there when it was not posted on our own pages. */
export type Tweet = {
  id: number;
  author: Author;
  text: string;
  createdAt: string;
  app?: TweetApp | undefined;
};

const row = z.object({
  id: z.number(),
  text: z.string(),
  createdAt: z.date(),
  authorId: z.number(),
  handle: z.string(),
  name: z.string(),
  appName: z.string().nullable(),
  appWebsite: z.string().nullable(),
});

type Row = z.infer<typeof row>;

/** Selects tweets `t` with their authors `u`; a `WHERE` may follow. */
export const SELECT_TWEETS = `
  SELECT t.id, t.text, t.created_at AS "createdAt", u.id AS "authorId", u.handle, u.name,
    t.app_name AS "appName", t.app_website AS "appWebsite"
  FROM tweet t JOIN "user" u ON u.id = t.author_id`;

/**
 * Turns ids of a home timeline into tweets, the newest first. Drops what its reader must not see any more: deleted tweets,
 * and tweets of authors who were unfollowed. Timelines are never cleaned of them.
 */
export async function hydrateFor(pool: pg.Pool, viewerId: number, ids: number[]): Promise<Tweet[]> {
  if (ids.length === 0) return [];
  return readTweets(pool, {
    text: `
      ${SELECT_TWEETS} WHERE t.id = ANY($1) AND t.deleted_at IS NULL
        AND (t.author_id = $2
          OR EXISTS (SELECT FROM follow WHERE followee_id = t.author_id AND follower_id = $2))
      ORDER BY t.id DESC`,
    values: [ids, viewerId],
  });
}

/** One tweet. Null when it never existed, or is deleted. */
export async function readTweet(pool: pg.Pool, tweetId: number): Promise<Tweet | null> {
  const [found] = await readTweets(pool, {
    text: `${SELECT_TWEETS} WHERE t.id = $1 AND t.deleted_at IS NULL`,
    values: [tweetId],
  });
  return found ?? null;
}

/** Runs a statement that begins with {@link SELECT_TWEETS}. */
export async function readTweets(
  pool: pg.Pool,
  statement: { text: string; values: unknown[] },
): Promise<Tweet[]> {
  return (await readRows(pool, row, statement)).map(toTweet);
}

function toTweet({ id, text, createdAt, authorId, handle, name, appName, appWebsite }: Row): Tweet {
  return {
    ...{ id, author: { id: authorId, handle, name }, text, createdAt: createdAt.toISOString() },
    ...appOf(appName, appWebsite),
  };
}

/** The field `app` of a tweet; nothing for one of our own pages. */
export const appOf = (name: string | null, website: string | null): Pick<Tweet, 'app'> =>
  name === null ? {} : { app: { name, website } };
