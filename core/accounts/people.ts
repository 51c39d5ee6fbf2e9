import type pg from 'pg';
import { z } from 'zod';
import { idRow, readRows } from '#core/rows.ts';

/** So many tweets of a person are counted: the count of somebody who wrote a million would take a second. */
export const MOST_COUNTED = 1_000;

const row = z.object({
  id: z.number(),
  handle: z.string(),
  name: z.string(),
  bio: z.string(),
  followerCount: z.number(),
  followingCount: z.number(),
  createdAt: z.date(),
  /** At most {@link MOST_COUNTED}. */
  tweetCount: z.number(),
  lastTweetAt: z.date().nullable(),
});

/** A person with all that a profile says. */
export type Person = z.infer<typeof row>;

/** People by their ids, in any order. An id that nobody has is left out. */
export const readPeople = (pool: Pick<pg.Pool, 'query'>, ids: number[]): Promise<Person[]> =>
  readRows(pool, row, {
    name: 'people',
    text: `
      SELECT id, handle, name, bio, follower_count AS "followerCount", following_count AS "followingCount",
        created_at AS "createdAt", t.count AS "tweetCount", t.last AS "lastTweetAt"
      FROM "user" u, LATERAL (
        SELECT count(*)::int AS count, max(created_at) AS last FROM (
          SELECT created_at FROM tweet WHERE author_id = u.id AND deleted_at IS NULL ORDER BY id DESC LIMIT ${MOST_COUNTED}
        ) newest
      ) t
      WHERE id = ANY($1::int[])`,
    values: [ids],
  });

const FOLLOWED = 'AND EXISTS (SELECT FROM follow WHERE follower_id = $3 AND followee_id = u.id)';

/**
 * Ids of people whose handle begins so, in the order of handles: whoever has exactly this handle comes first. With
 * `followedBy` only those whom this account follows.
 */
export async function findByHandle(
  pool: pg.Pool,
  beginning: string,
  { limit, followedBy }: { limit: number; followedBy?: number },
): Promise<number[]> {
  if (!/^[a-z0-9_]+$/.test(beginning)) return [];
  // These operators compare bytes, as the index for them does. `{` comes right after `z`.
  const rows = await readRows(pool, idRow, {
    text: `
      SELECT id FROM "user" u WHERE handle ~>=~ $1 AND handle ~<~ ($1 || '{')
        ${followedBy === undefined ? '' : FOLLOWED} ORDER BY handle USING ~<~ LIMIT $2`,
    values: [beginning, limit, ...(followedBy === undefined ? [] : [followedBy])],
  });
  return rows.map(({ id }) => id);
}
