/**
 * SQL for the ids of pulled tweets that a reader's home shows between two ids, `limit` at most, the newest: see
 * docs/decisions/052. Each text stands for SQL. It looks at every author who has an interval there, of whom there are few,
 * asks whether the reader follows him, and then for his newest tweets.
 */
export const pulledSql = ({ reader, below, above, limit }: PulledRange): string => `
  SELECT t.id FROM pull_interval p
  CROSS JOIN LATERAL (
    SELECT id FROM tweet
    WHERE author_id = p.author_id AND id >= p.from_id AND id < least(p.to_id, ${below}) AND id > ${above}
      AND deleted_at IS NULL
    ORDER BY id DESC LIMIT ${limit}
  ) t
  WHERE p.from_id < ${below} AND (p.to_id IS NULL OR p.to_id > ${above})
    AND (SELECT true FROM follow WHERE followee_id = p.author_id AND follower_id = ${reader} LIMIT 1)
  ORDER BY t.id DESC LIMIT ${limit}`;

export type PulledRange = { reader: string; below: string; above: string; limit: string };

/** SQL that is true when any tweet was ever pulled. Until then nobody has to look for them. */
export const ANY_PULLED_SQL = 'EXISTS (SELECT FROM pull_interval)';
