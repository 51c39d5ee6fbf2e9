import type pg from 'pg';
import { type Reader, signIn } from '#lab/load/pages.ts';
import { addEdges, addPeople, addTweets, type Edges, settlePeople } from '#lab/load/people.ts';
import type { Application } from '#lab/stage/application.ts';

/** What the home of a reader is made of. */
type Shape = { authors: number; tweetsEach: number; follows: number };

/*
 * A page holds the 50 newest tweets of those whom a reader follows. So all readers together read many different tweets
 * only if there are many authors. 600 readers who each follow 40 of 6,000 authors read some 7,000 different tweets.
 * Readers who follow 300 have more of them in common.
 */
const SHAPES = {
  short: { authors: 2_000, tweetsEach: 5, follows: 12 }, // 60 entries: a page and a little
  full: { authors: 6_000, tweetsEach: 25, follows: 40 }, // 1,000 tweets for the 800 entries that are kept
  wide: { authors: 6_000, tweetsEach: 10, follows: 300 }, // the same 800 entries
} satisfies Record<string, Shape>;

export type ShapeName = keyof typeof SHAPES;

/** Adds readers of a shape, signed in. None of them has read yet, so all of their timelines are cold. */
export async function addReaders(
  app: Pick<Application, 'pool' | 'cookieOf'>,
  name: ShapeName,
  count: number,
): Promise<Reader[]> {
  const readers = await write(app.pool, { name, shape: SHAPES[name], count });
  return signIn(app, readers);
}

async function write(pool: pg.Pool, { name, shape, count }: { name: string; shape: Shape; count: number }) {
  const authors = await addPeople(pool, `${name}_a`, shape.authors);
  const readers = await addPeople(pool, `${name}_r`, count);
  await addTweets(pool, authors, shape.tweetsEach);
  const edges: Edges = { followees: [], followers: [] };
  for (const [place, reader] of readers.entries())
    for (const author of followedBy(place, shape)) {
      edges.followees.push(authors[author]?.id ?? 0);
      edges.followers.push(reader.id);
    }
  await addEdges(pool, edges);
  await settlePeople(pool);
  return readers;
}

// These primes divide none of the numbers of authors. So no reader follows anybody twice, and no two follow the same
// people.
const READER_STRIDE = 131;
const AUTHOR_STRIDE = 149;

function followedBy(reader: number, { authors, follows }: Shape): number[] {
  return Array.from({ length: follows }, (_, n) => (reader * READER_STRIDE + n * AUTHOR_STRIDE) % authors);
}
