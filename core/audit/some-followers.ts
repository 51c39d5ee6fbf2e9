import type pg from 'pg';
import { idRow, readRows } from '#core/rows.ts';

/** At a place; where most have followed since the tweet, it may have none to whom the tweet is owed. */
const LOOKED_AT = 1_000;

/** Followers to whom a tweet is owed, at these places of the author's range: 0 is the first, 1 the last. */
export async function someFollowers(pool: pg.Pool, tweetId: number, places: number[]): Promise<number[]> {
  const rows = await readRows(pool, idRow, {
    text: `
      WITH author AS (SELECT author_id AS id FROM tweet WHERE id = $1),
      range AS (
        SELECT min(follower_id) AS from_id, max(follower_id) AS to_id FROM follow
        WHERE followee_id = (SELECT id FROM author)
      )
      SELECT DISTINCT reader.id FROM unnest($2::float8[]) AS place CROSS JOIN range CROSS JOIN LATERAL (
        SELECT follower_id AS id FROM (
          SELECT follower_id, since FROM follow
          WHERE followee_id = (SELECT id FROM author)
            AND follower_id >= range.from_id + floor(place * (range.to_id - range.from_id))::int
          ORDER BY follower_id LIMIT ${LOOKED_AT}
        ) near
        WHERE since < $1 ORDER BY follower_id LIMIT 1
      ) reader`,
    values: [tweetId, places],
  });
  return rows.map(({ id }) => id);
}
