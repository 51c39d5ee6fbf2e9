import type pg from 'pg';
import { TASK_KEY } from '#core/tweets/schedule-tweet.ts';
import type { Findings } from '#lab/harness/findings.ts';

/** What every check is given. */
export type CheckContext = { pool: pg.Pool; findings: Findings };

/** A tweet of the round as Postgres has it; a key or state that is null is not there. */
export type TweetRow = {
  id: number;
  text: string;
  authorId: number;
  /** ms since 1970. */
  createdAt: number;
  deleted: boolean;
  key: string | null;
  state: string | null;
};

/** True for a tweet that a task posted. */
export const isOfTask = ({ key }: TweetRow): boolean => key?.startsWith(TASK_KEY) === true;

/** All tweets after this one. */
export async function readTweets(pool: pg.Pool, after: number): Promise<TweetRow[]> {
  const { rows } = await pool.query<TweetRow>(
    `SELECT t.id, t.text, t.author_id AS "authorId", t.deleted_at IS NOT NULL AS deleted, k.key, f.state,
       extract(epoch FROM t.created_at)::float8 * 1000 AS "createdAt"
     FROM tweet t LEFT JOIN idempotency_key k ON k.tweet_id = t.id LEFT JOIN fan_out f ON f.tweet_id = t.id
     WHERE t.id > $1`,
    [after],
  );
  return rows;
}
