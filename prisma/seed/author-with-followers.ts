import type pg from 'pg';
import { transaction } from '#core/postgres.ts';
import { idRow, readRow } from '#core/rows.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { type Users, warmTimelines } from './warm-timelines.ts';

export type NewAuthor = {
  /** At most 7 characters, because the followers have the same name with a number. */
  handle: string;
  followers: number;
  /** How many tweets the author has written, which is also how many entries each follower's timeline has. */
  tweets: number;
};

/** An author and the ids of all followers, without gaps. */
export type AuthorWithFollowers = { id: number; followers: Users };

/** Adds an author whose followers all have warm timelines and follow nobody else. For a database of one's own. */
export async function addAuthorWithFollowers(
  pool: pg.Pool,
  store: TimelineStore,
  wanted: NewAuthor,
): Promise<AuthorWithFollowers> {
  const author = await transaction(pool, async (client) => {
    const id = await nextId(client);
    const followers = { from: id + 1, to: id + wanted.followers };
    await writePeople(client, id, wanted);
    await writeEdges(client, id, followers);
    await writeTweets(client, id, wanted.tweets);
    return { id, followers };
  });
  await pool.query('VACUUM (FREEZE, ANALYZE) follow, "user", tweet');
  await warmTimelines(pool, store, author.followers);
  return author;
}

async function nextId(client: pg.PoolClient): Promise<number> {
  const { id } = await readRow(client, idRow, { text: 'SELECT coalesce(max(id), 0) + 1 AS id FROM "user"' });
  return id;
}

async function writePeople(client: pg.PoolClient, id: number, { handle, followers }: NewAuthor) {
  await client.query(
    `INSERT INTO "user" (id, handle, name, follower_count, following_count)
     SELECT $1::int + n,
            $2::text || CASE n WHEN 0 THEN '' ELSE '_' || n END,
            initcap($2) || CASE n WHEN 0 THEN '' ELSE ' ' || n END,
            CASE n WHEN 0 THEN $3::int ELSE 0 END,
            CASE n WHEN 0 THEN 0 ELSE 1 END
     FROM generate_series(0, $3) AS n`,
    [id, handle, followers],
  );
}

async function writeEdges(client: pg.PoolClient, id: number, { from, to }: Users) {
  await client.query(
    `INSERT INTO follow (followee_id, follower_id, since, backfilled_at)
     SELECT $1, follower, 0, to_timestamp(0) FROM generate_series($2::int, $3::int) AS follower`,
    [id, from, to],
  );
}

async function writeTweets(client: pg.PoolClient, id: number, count: number) {
  await client.query(
    `INSERT INTO tweet (id, author_id, text)
     SELECT nextval('tweet_id_seq'), $1, 'Earlier tweet ' || n FROM generate_series(1, $2::int) AS n`,
    [id, count],
  );
}
