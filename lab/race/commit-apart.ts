import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

const committed = z.object({ tweetId: z.number(), followers: z.number() });

/** A tweet that exists for the race alone: an id that nobody else gets, and how many its author has as followers. */
export type ApartTweet = z.infer<typeof committed>;

/**
 * Commits as much as a tweet's row takes, waits for the disk as its commit does, and leaves no row: a message in the log of
 * Postgres that nobody reads.
 */
export function commitApart(pool: pg.Pool, { authorId, text }: { authorId: number; text: string }) {
  return readRow(pool, committed, {
    text: `SELECT nextval('tweet_id_seq') AS "tweetId", follower_count AS followers,
       pg_logical_emit_message(true, 'race', $2) AS place
     FROM "user" WHERE id = $1`,
    values: [authorId, text],
  });
}
