import { z } from 'zod';
import type { Application } from '#lab/stage/application.ts';
import type { Person } from './people.ts';
import { drive, type Load, type Measurement, type Request } from './wrk.ts';

/** A page of home, as a client of the API reads it. */
export type Page = z.infer<typeof page>;
const page = z.object({
  tweets: z.array(z.object({ id: z.number(), author: z.object({ id: z.number(), handle: z.string() }) })),
});

/** Somebody who reads home, signed in. */
export type Reader = Person & { cookie: string };

export const PAGE = 50; // tweets

const PATH = `/api/timelines/home?limit=${PAGE}`;

/** Signs these people in. */
export function signIn({ cookieOf }: Pick<Application, 'cookieOf'>, people: Person[]): Promise<Reader[]> {
  return Promise.all(people.map(async (person) => ({ ...person, cookie: await cookieOf(person) })));
}

/** The first page of each reader's home, for wrk. */
export const pageRequests = (readers: Reader[]): Request[] =>
  readers.map(({ cookie }) => ({ method: 'GET', path: PATH, cookie }));

/** Reads the first page of a home, or throws. */
export async function readPage(url: string, { cookie }: Reader): Promise<Page> {
  return (await readText(url, cookie)).page;
}

/**
 * Drives a load, then waits for one page of the application. On each connection wrk hangs up in the middle of a
 * request. On a slow server the next measurement would have to wait for all of these.
 */
export async function driveAndSettle(load: Load, url: string, [reader]: Reader[]): Promise<Measurement> {
  const measured = await drive(load);
  if (reader) await readPage(url, reader);
  return measured;
}

async function readText(url: string, cookie: string): Promise<{ page: Page; bytes: number }> {
  const response = await fetch(`${url}${PATH}`, { headers: { cookie } });
  const text = await response.text();
  if (!response.ok) throw new Error(`GET ${PATH}: expected a page, got ${response.status} ${text}`);
  return { page: page.parse(JSON.parse(text)), bytes: text.length };
}

/**
 * What {@link readEach} found: the `ms` of each page, the number of different tweets, and roughly their bytes as JSON.
 */
export type ReadOnce = { ms: number[]; perSecond: number; shortest: number; tweets: number; bytes: number };

/**
 * Lets each reader read one page, over `connections` connections. The page of a reader who has never read is cold.
 * Reading takes this process about 0.3 ms of CPU a page, which is little beside the rebuild of a timeline.
 */
export async function readEach(url: string, readers: Reader[], connections: number): Promise<ReadOnce> {
  const pages: { page: Page; bytes: number }[] = [];
  const ms: number[] = [];
  const waiting = readers.values();
  const started = performance.now();
  const readOn = async () => {
    for (const { cookie } of waiting) {
      const asked = performance.now();
      pages.push(await readText(url, cookie));
      ms.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, readOn));
  const perSecond = readers.length / ((performance.now() - started) / 1_000);
  return { ms, perSecond, ...extentOf(pages) };
}

function extentOf(pages: { page: Page; bytes: number }[]) {
  const shown = pages.reduce((sum, { page }) => sum + page.tweets.length, 0);
  const bytes = pages.reduce((sum, page) => sum + page.bytes, 0);
  const tweets = new Set(pages.flatMap(({ page }) => page.tweets.map(({ id }) => id))).size;
  const shortest = Math.min(...pages.map(({ page }) => page.tweets.length));
  return { shortest, tweets, bytes: shown === 0 ? 0 : Math.round((bytes / shown) * tweets) };
}
