import type pg from 'pg';
import { transaction } from '#core/postgres.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { warmTimelines } from '#prisma/seed/warm-timelines.ts';

export type Person = { id: number; handle: string };

/** Authors with audiences of set sizes, and people among these audiences who do everything that one can do. */
export type People = { authors: (Person & { followers: number })[]; actors: Person[] };

export type Population = {
  /** One author each. The largest is the number of people. */
  audiences: number[];
  /** People who post, follow, unfollow, delete and read. */
  actors: number;
};

const EARLIER = 30; // tweets of each author that everybody has already

/** Writes them all, with their edges and warm timelines, into an empty system. */
export async function writePeople(
  pool: pg.Pool,
  store: TimelineStore,
  { audiences, actors }: Population,
): Promise<People> {
  const everybody = Math.max(...audiences);
  const authors = audiences.map((followers, n) => ({
    id: everybody + 1 + n,
    handle: `author_${n}`,
    followers,
  }));
  const acting = actingIds(everybody, actors).map((id) => ({ id, handle: `person_${id}` }));
  await transaction(pool, async (client) => {
    await writeUsers(client, everybody, authors);
    await openAccounts(client, [...authors, ...acting]);
    for (const author of authors) await writeAudience(client, author, everybody);
    await writeCounts(client);
  });
  await pool.query('VACUUM (FREEZE, ANALYZE) follow, "user", tweet');
  await warmTimelines(pool, store, { from: 1, to: everybody });
  return { authors, actors: acting };
}

/** Spread over all chunks of a large audience; the first follows everybody. */
function actingIds(everybody: number, actors: number): number[] {
  const step = Math.max(1, Math.floor(everybody / actors));
  return Array.from({ length: Math.min(actors, everybody) }, (_, n) => 1 + n * step);
}

async function writeUsers(client: pg.PoolClient, everybody: number, authors: Person[]): Promise<void> {
  await client.query(
    `INSERT INTO "user" (id, handle, name) SELECT id, 'person_' || id, 'Person ' || id
     FROM generate_series(1, $1::int) id`,
    [everybody],
  );
  await client.query(
    `INSERT INTO "user" (id, handle, name) SELECT id, handle, handle FROM unnest($1::int[], $2::text[]) a(id, handle)`,
    [authors.map((author) => author.id), authors.map((author) => author.handle)],
  );
}

/** Only accounts that stand for something can be signed in to. */
async function openAccounts(client: pg.PoolClient, people: Person[]): Promise<void> {
  await client.query(`UPDATE "user" SET role = 'chaos' WHERE id = ANY($1)`, [
    people.map((person) => person.id),
  ]);
}

/** Every n-th person follows: audiences overlap, and their ids have gaps. */
async function writeAudience(
  client: pg.PoolClient,
  { id, followers }: People['authors'][number],
  everybody: number,
): Promise<void> {
  await client.query(
    `INSERT INTO follow (followee_id, follower_id, since, backfilled_at)
     SELECT $1, 1 + n * $3::int, 0, to_timestamp(0) FROM generate_series(0, $2::int - 1) n`,
    [id, followers, followers > 0 ? Math.floor(everybody / followers) : 1],
  );
  await client.query(
    `INSERT INTO tweet (id, author_id, text)
     SELECT nextval('tweet_id_seq'), $1, 'Earlier tweet ' || n FROM generate_series(1, $2::int) n`,
    [id, EARLIER],
  );
}

async function writeCounts(client: pg.PoolClient): Promise<void> {
  await client.query(
    `UPDATE "user" u SET
       follower_count = (SELECT count(*) FROM follow WHERE followee_id = u.id),
       following_count = (SELECT count(*) FROM follow WHERE follower_id = u.id)`,
  );
}
