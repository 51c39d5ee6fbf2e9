import type pg from 'pg';
import { z } from 'zod';
import { readRows } from '#core/rows.ts';

/*
 * People of an experiment. They are made in plain SQL, on tables that every version of the application has. So
 * bench/against/over-http.ts can make the same people for this code and for an earlier commit. No fan-out and no
 * backfill owes them anything.
 */

const person = z.object({ id: z.number(), handle: z.string() });
export type Person = z.infer<typeof person>;

/** Who follows whom, by their places in the two lists. */
export type Edges = { followees: number[]; followers: number[] };

/** Adds people called `prefix0`, `prefix1`, … No other group may have the same prefix. */
export async function addPeople(pool: pg.Pool, prefix: string, count: number): Promise<Person[]> {
  return readRows(pool, person, {
    text: `INSERT INTO "user" (id, handle, name)
           SELECT (SELECT coalesce(max(id), 0) FROM "user") + 1 + n, $1::text || n, initcap($1) || ' ' || n
           FROM generate_series(0, $2::int - 1) AS n RETURNING id, handle`,
    values: [prefix, count],
  });
}

/**
 * Gives each author `each` tweets, in mixed order, so that those of one author do not stand together in a timeline.
 */
export async function addTweets(pool: pg.Pool, authors: Person[], each: number): Promise<void> {
  await pool.query(
    `INSERT INTO tweet (id, author_id, text)
     SELECT nextval('tweet_id_seq'), author, text FROM (
       SELECT author, 'Tweet ' || n || ' of ' || author || ', about as long as one is: ' || md5(author || '/' || n)
                || ' and some words that anybody might have written on any day.' AS text
       FROM unnest($1::int[]) AS author CROSS JOIN generate_series(1, $2::int) AS n
       ORDER BY md5(n || '/' || author)
     ) AS mixed`,
    [authors.map(({ id }) => id), each],
  );
}

/** Adds the edges, as complete as if they had always been there. */
export async function addEdges(pool: pg.Pool, { followees, followers }: Edges): Promise<void> {
  await pool.query(
    `INSERT INTO follow (followee_id, follower_id, since, backfilled_at)
     SELECT followee, follower, 0, to_timestamp(0)
     FROM unnest($1::int[], $2::int[]) AS edge(followee, follower) ORDER BY followee, follower`,
    [followees, followers],
  );
}

/** Brings everybody's counts and the planner's statistics up to date. Call it after the last edge and tweet. */
export async function settlePeople(pool: pg.Pool): Promise<void> {
  await pool.query('VACUUM (ANALYZE) follow');
  await pool.query(
    `WITH counts AS (
       SELECT id, (SELECT count(*) FROM follow WHERE followee_id = u.id) AS followers,
              (SELECT count(*) FROM follow WHERE follower_id = u.id) AS following
       FROM "user" u
     )
     UPDATE "user" u SET follower_count = c.followers, following_count = c.following
     FROM counts c WHERE c.id = u.id AND (u.follower_count, u.following_count) <> (c.followers, c.following)`,
  );
  await pool.query('VACUUM (FREEZE, ANALYZE) follow, "user", tweet');
}
