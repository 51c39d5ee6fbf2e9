import type pg from 'pg';
import { z } from 'zod';
import { readRow } from '#core/rows.ts';

const committed = z.object({ tweetId: z.number(), followers: z.number() });

/** A tweet that exists only in the race: an id that nobody else gets, and the number of its author's followers. */
export type ApartTweet = z.infer<typeof committed>;

/**
 * Stands in for the commit of a tweet. It writes about as much, as a message into the log of Postgres that nobody
 * reads. It waits for the disk, and leaves no row.
 */
export function commitApart(pool: pg.Pool, { authorId, text }: { authorId: number; text: string }) {
  return readRow(pool, committed, {
    text: `SELECT nextval('tweet_id_seq') AS "tweetId", follower_count AS followers,
       pg_logical_emit_message(true, 'race', $2) AS place
     FROM "user" WHERE id = $1`,
    values: [authorId, text],
  });
}
