/**
 * SQL for the ids of pulled tweets that a reader's home shows between two ids, `limit` at most, the newest.
 * Each text stands for SQL. It looks at every author who has an interval there, of whom there are few,
 * asks once for each of them whether the reader follows him, and then for the newest tweets of each of his intervals.
 */
export const pulledSql = ({ reader, below, above, limit }: PulledRange): string => `
  SELECT t.id FROM (
    SELECT author_id FROM pull_interval
    WHERE from_id < ${below} AND coalesce(to_id, ${STILL_OPEN}) > ${above}
    GROUP BY author_id OFFSET 0
  ) author
  JOIN pull_interval p ON p.author_id = author.author_id
    AND p.from_id < ${below} AND coalesce(p.to_id, ${STILL_OPEN}) > ${above}
  CROSS JOIN LATERAL (
    SELECT id FROM tweet
    WHERE author_id = p.author_id AND id >= p.from_id AND id < least(p.to_id, ${below}) AND id > ${above}
      AND deleted_at IS NULL
    ORDER BY id DESC LIMIT ${limit}
  ) t
  WHERE (SELECT true FROM follow WHERE followee_id = author.author_id AND follower_id = ${reader} LIMIT 1)
  ORDER BY t.id DESC LIMIT ${limit}`;

/** The end of an interval that has none, as the index of ends has it. */
const STILL_OPEN = Number.MAX_SAFE_INTEGER;

export type PulledRange = { reader: string; below: string; above: string; limit: string };

/** SQL that is true when any tweet was ever pulled. Until then nobody has to look for them. */
export const ANY_PULLED_SQL = 'EXISTS (SELECT FROM pull_interval)';
