import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

/** Hours that trends are counted over. */
export const TREND_HOURS = 6;

/** One term and in how many tweets of the last {@link TREND_HOURS} hours it stands. */
const trend = z.object({ term: z.string(), tweets: z.number() });
export type Trend = z.infer<typeof trend>;

/** `countedAt` is null before anything was counted, else ISO 8601, UTC. */
export type Trends = { trends: Trend[]; countedAt: string | null };

/** The first `limit` trends, as they were counted last: one lookup of so many rows, whatever is tweeted. */
export async function readTrends(pool: Pick<pg.Pool, 'query'>, limit: number): Promise<Trends> {
  const { countedAt, trends } = await readRow(pool, counted, {
    text: `
      SELECT (SELECT counted_to FROM trend_state) AS "countedAt",
        coalesce((
          SELECT json_agg(json_build_object('term', term, 'tweets', tweets) ORDER BY place)
          FROM trend WHERE place <= $1
        ), '[]') AS trends`,
    values: [limit],
  });
  return { trends, countedAt: countedAt?.toISOString() ?? null };
}

const counted = z.object({ countedAt: z.date().nullable(), trends: z.array(trend) });
