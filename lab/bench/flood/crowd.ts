import type pg from 'pg';
import { idRow, readRow } from '#core/rows.ts';
import type { Caller } from '#lab/clients/session.ts';
import { otherAddress } from '#lab/hostile/intruder.ts';
import { addEdges, addPeople, addTweets, type Person, settlePeople } from '#lab/load/people.ts';
import { postAndDeliver } from '#lab/load/post.ts';
import type { Application, RunningApp } from '#lab/stage/application.ts';
import { type Users, warmTimelines } from '#prisma/seed/warm-timelines.ts';
import type { Order } from './order.ts';
import type { Ordinary } from './ordinary.ts';

/** Everybody in this bench: those who do no harm, and the order for the generator. */
export type Crowd = { ordinary: Ordinary; order: Omit<Order, 'kinds' | 'share'>; everybody: number[] };

type Given = {
  app: RunningApp;
  cookieOf: Application['cookieOf'];
};

const AUTHORS = 10;
const READERS = 60; // each follows two authors, so that each author has twelve followers
const INTRUDERS = 4;
const EARLIER = 80; // tweets of each author

/** Adds people, signs them in, and posts the tweets whose audits the generator will ask for. */
export async function gather({ app, cookieOf }: Given): Promise<Crowd> {
  // `localhost` may have two addresses. The web listens on one of them, and Node takes the first.
  const url = app.url.replace('localhost', '127.0.0.1');
  const signIn = async (people: Person[]): Promise<Caller[]> =>
    Promise.all(people.map(async (person) => ({ ...person, url, cookie: await cookieOf(person) })));
  const readers = await addPeople(app.pool, 'flood_reader_', READERS);
  const authors = await addAuthors(app.pool, 'flood_author_', { count: AUTHORS, readers });
  const intruders = await addAuthors(app.pool, 'flood_intruder_', { count: INTRUDERS, readers });
  await settlePeople(app.pool);
  await warmTimelines(app.pool, app.store, rangeOf(readers));
  const tweetIds = [await postToMany(app)];
  for (const { id } of authors) tweetIds.push((await postAndDeliver(app, id)).tweetId);
  return {
    ordinary: { authors: await signIn(authors), readers: await signIn(readers) },
    order: {
      ...{ url, from: await otherAddress(), tweetIds },
      intruders: await signIn(intruders),
      handles: [...authors, ...readers].map(({ handle }) => handle),
    },
    everybody: [...readers, ...authors, ...intruders].map(({ id }) => id),
  };
}

/** The range of their ids, which has no gaps. */
const rangeOf = (people: Person[]): Users => ({ from: people[0]?.id ?? 0, to: people.at(-1)?.id ?? 0 });

type Audience = { count: number; readers: Person[] };

/** Adds authors, each with twelve of the readers as followers. */
async function addAuthors(pool: pg.Pool, prefix: string, { count, readers }: Audience): Promise<Person[]> {
  const authors = await addPeople(pool, prefix, count);
  const of = (place: number) => Array.from({ length: 12 }, (_, n) => (place * 6 + n) % readers.length);
  await addEdges(pool, {
    followees: authors.flatMap((author, place) => of(place).map(() => author.id)),
    followers: authors.flatMap((_, place) => of(place).map((reader) => readers[reader]?.id ?? 0)),
  });
  await addTweets(pool, authors, EARLIER);
  return authors;
}

/** Posts as the demo's celebrity, whose followers are `openApp`'s. */
async function postToMany(app: RunningApp): Promise<number> {
  const text = 'SELECT id FROM "user" ORDER BY follower_count DESC LIMIT 1';
  const { id } = await readRow(app.pool, idRow, { text });
  return (await postAndDeliver(app, id)).tweetId;
}
