import type pg from 'pg';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { addEdges, addPeople, addTweets, settlePeople } from '#lab/load/people.ts';
import { warmTimelines } from '#prisma/seed/warm-timelines.ts';
import type { Person } from './session.ts';

/** Authors with audiences of given sizes, and people in these audiences who do everything that one can do. */
export type People = { authors: (Person & { followers: number })[]; actors: Person[] };

export type Population = {
  /** Followers of each author. The largest is the number of people. */
  audiences: number[];
  /** People who post, follow, unfollow, delete and read. */
  actors: number;
};

/** The account of whoever means harm. Nobody else acts as it. */
export const INTRUDER = 'intruder_0';

const EARLIER = 30; // tweets of each author that all his followers already have

/** Adds them all to an empty system, with their edges and warm timelines. */
export async function populate(
  { pool, store }: { pool: pg.Pool; store: TimelineStore },
  { audiences, actors }: Population,
): Promise<People> {
  const everybody = await addPeople(pool, 'person_', Math.max(...audiences));
  const added = await addPeople(pool, 'author_', audiences.length);
  const authors = added.map((author, n) => ({ ...author, followers: audiences[n] ?? 0 }));
  const acting = spread(everybody, actors);
  const intruders = await addPeople(pool, 'intruder_', 1);
  await openAccounts(pool, [...authors, ...acting, ...intruders]);
  for (const author of authors) {
    const followers = spread(everybody, author.followers).map(({ id }) => id);
    await addEdges(pool, { followees: followers.map(() => author.id), followers });
    await addTweets(pool, [author], EARLIER);
  }
  await settlePeople(pool);
  await warmTimelines(pool, store, { from: 1, to: everybody.length });
  return { authors, actors: acting };
}

/** How many people there are besides the authors: as many as the largest audience, which is all of them. */
export const countEverybody = ({ authors }: People): number =>
  Math.max(...authors.map(({ followers }) => followers));

/**
 * Every n-th person, from the first. So they are spread over all chunks of a large audience, audiences overlap, and
 * their ids have gaps.
 */
function spread(people: Person[], count: number): Person[] {
  const step = Math.max(1, Math.floor(people.length / count));
  return people.filter((_, place) => place % step === 0).slice(0, count);
}

/** Only demo accounts can be signed in to. */
async function openAccounts(pool: pg.Pool, people: Person[]): Promise<void> {
  await pool.query(`UPDATE "user" SET role = 'chaos' WHERE id = ANY($1)`, [people.map(({ id }) => id)]);
}
