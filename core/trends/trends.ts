import type pg from 'pg';

/** Hours that trends are counted over. */
export const TREND_HOURS = 6;

/** One term and in how many tweets of the last {@link TREND_HOURS} hours it stands. */
export type Trend = { term: string; tweets: number };

/** `countedAt` is null before anything was counted, else ISO 8601, UTC. */
export type Trends = { trends: Trend[]; countedAt: string | null };

/** The first `limit` trends, as they were counted last: one lookup of so many rows, whatever is tweeted. */
export async function readTrends(pool: Pick<pg.Pool, 'query'>, limit: number): Promise<Trends> {
  const { rows } = await pool.query<{ countedAt: Date | null; trends: Trend[] }>(
    `SELECT (SELECT counted_to FROM trend_state) AS "countedAt",
       coalesce((
         SELECT json_agg(json_build_object('term', term, 'tweets', tweets) ORDER BY place)
         FROM trend WHERE place <= $1
       ), '[]') AS trends`,
    [limit],
  );
  return { trends: rows[0]?.trends ?? [], countedAt: rows[0]?.countedAt?.toISOString() ?? null };
}
