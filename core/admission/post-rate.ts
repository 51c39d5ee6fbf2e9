import type pg from 'pg';

/** How many tweets an account may post within a minute. */
export type PostRate = { postsPerMinute: number };

export const WINDOW_S = 60;

/**
 * Seconds until an account may post again, 0 when it may now. A sliding window without a counter of its own: when the
 * n-th newest tweet is older than a minute, fewer than n were posted within it.
 */
export async function waitForRate(
  client: Pick<pg.Pool, 'query'>,
  authorId: number,
  { postsPerMinute }: PostRate,
): Promise<number> {
  const { rows } = await client.query<{ wait: number }>(
    `SELECT greatest(0, $3 - extract(epoch FROM clock_timestamp() - created_at))::float8 AS wait
     FROM tweet WHERE author_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1`,
    [authorId, postsPerMinute - 1, WINDOW_S],
  );
  return rows[0]?.wait ?? 0;
}
