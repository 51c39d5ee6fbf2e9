import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';
import { TASK_KEY } from '#core/tweets/schedule-tweet.ts';
import type { Findings } from '#lab/harness/findings.ts';
import type { Restore } from '#lab/harness/restores.ts';

/** What every check is given. Whatever was answered in a time that a restore of Postgres took back may be gone. */
export type CheckContext = { pool: pg.Pool; findings: Findings; restores?: Restore[] };

const tweetRow = z.object({
  id: z.number(),
  text: z.string(),
  authorId: z.number(),
  /** ms since 1970. */
  createdAt: z.number(),
  deleted: z.boolean(),
  key: z.string().nullable(),
  state: z.string().nullable(),
});

/** A tweet of the round as Postgres has it. Null stands for a key or a fan-out that is not there. */
export type TweetRow = z.infer<typeof tweetRow>;

/** True for a tweet that a task posted. */
export const isOfTask = ({ key }: TweetRow): boolean => key?.startsWith(TASK_KEY) === true;

/** All tweets that are newer than this one. */
export async function readTweets(pool: pg.Pool, after: number): Promise<TweetRow[]> {
  return readRows(pool, tweetRow, {
    text: `SELECT t.id, t.text, t.author_id AS "authorId", t.deleted_at IS NOT NULL AS deleted, k.key, f.state,
       extract(epoch FROM t.created_at)::float8 * 1000 AS "createdAt"
     FROM tweet t LEFT JOIN idempotency_key k ON k.tweet_id = t.id LEFT JOIN fan_out f ON f.tweet_id = t.id
     WHERE t.id > $1`,
    values: [after],
  });
}
