import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import { TREND_HOURS } from '#core/trends/trends.ts';

const tagTrend = z.object({ tag: z.string(), tweets: z.int(), authors: z.int(), countedAt: z.date() });

/** A tag that is talked about, in how many tweets of the last {@link TREND_HOURS} hours it stands, and how many people wrote them. */
export type TagTrend = z.infer<typeof tagTrend>;

/** Authors are counted among so many tweets of a tag, the newest ones: what a reading costs is bounded, whatever is tweeted. */
const MOST = 1_000;

/** Tags among the trends as they were counted last, the most frequent first, without their `#`. */
export function readTagTrends(pool: Pick<pg.Pool, 'query'>): Promise<TagTrend[]> {
  return readRows(pool, tagTrend, {
    text: `
      SELECT substr(r.term, 2) AS tag, r.tweets, s.counted_to AS "countedAt", wrote.authors
      FROM trend_state s CROSS JOIN trend r CROSS JOIN LATERAL (
        SELECT count(DISTINCT t.author_id)::int AS authors
        FROM (
          SELECT tweet_id FROM tweet_tag WHERE tag = substr(r.term, 2) COLLATE "C" ORDER BY tweet_id DESC LIMIT $1
        ) newest JOIN tweet t ON t.id = newest.tweet_id
        WHERE t.deleted_at IS NULL AND t.created_at > s.counted_to - $2 * interval '1 hour'
      ) wrote
      WHERE starts_with(r.term, '#') ORDER BY r.place`,
    values: [MOST, TREND_HOURS],
  });
}
