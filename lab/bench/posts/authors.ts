import { join } from 'node:path';
import type pg from 'pg';
import type { Run } from '#lab/harness/run-bench.ts';
import { readEach, signIn } from '#lab/load/pages.ts';
import { addEdges, addPeople, addTweets, type Edges, type Person, settlePeople } from '#lab/load/people.ts';
import { type RequestFile, writeRequests } from '#lab/load/wrk.ts';
import type { Application } from '#lab/stage/application.ts';

/** Authors who post in turn. */
export type Group = { authors: Person[]; requests: RequestFile };

export type GroupName = keyof typeof FOLLOWERS;

/** Followers of a group's authors, who take turns in this order. */
const FOLLOWERS = {
  mix: [2, 250, 16, 1_000, 4, 125, 32, 500, 8, 63], // each is about twice another; the mean is 200
  none: [0],
  twelve: [12],
};

const AUTHORS = 100; // in a group: each posts again and again, and rarely twice at once
const READERS = 2_000; // together they follow all authors, and each follows about ten
const EARLIER = 10; // tweets of each author
const STRIDE = 37; // readers between the followers of one author and those of the next

/** Adds the authors, signed in, and their followers, all of whose timelines are warm. */
export async function addAuthors(
  app: Application,
  { dataDir, log }: Pick<Run, 'dataDir' | 'log'>,
): Promise<Record<GroupName, Group>> {
  log(`authors, and ${READERS.toLocaleString('en')} followers who read once …`);
  const readers = await addPeople(app.pool, 'posts_r', READERS);
  const authors = {
    mix: await addGroup(app.pool, 'mix', readers),
    none: await addGroup(app.pool, 'none', readers),
    twelve: await addGroup(app.pool, 'twelve', readers),
  };
  await settlePeople(app.pool);
  await readEach(app.url, await signIn(app, readers), 8);
  const group = async (name: GroupName) => ({
    authors: authors[name],
    requests: await writePosts(app, join(dataDir, `${name}.requests`), authors[name]),
  });
  return { mix: await group('mix'), none: await group('none'), twelve: await group('twelve') };
}

async function addGroup(pool: pg.Pool, name: GroupName, readers: Person[]): Promise<Person[]> {
  const authors = await addPeople(pool, `posts_${name}`, AUTHORS);
  const edges: Edges = { followees: [], followers: [] };
  for (const [place, author] of authors.entries()) {
    const followers = FOLLOWERS[name][place % FOLLOWERS[name].length] ?? 0;
    for (let n = 0; n < followers; n++) {
      edges.followees.push(author.id);
      edges.followers.push(readers[(place * STRIDE + n) % READERS]?.id ?? 0);
    }
  }
  await addTweets(pool, authors, EARLIER);
  await addEdges(pool, edges);
  return authors;
}

async function writePosts(app: Application, file: string, authors: Person[]): Promise<RequestFile> {
  const signedIn = await signIn(app, authors);
  const posts = signedIn.map(({ handle, cookie }) => ({
    ...{ method: 'POST' as const, path: '/api/tweets' },
    ...{ cookie, account: handle },
  }));
  return writeRequests(file, posts);
}
