import type { Context } from 'hono';
import { type Account, type Status, toAccount, toStatus } from '#api/mastodon/entities.ts';
import type { MastodonEnv } from '#api/mastodon/env.ts';
import { notFound } from '#api/mastodon/errors.ts';
import { originOf } from '#api/mastodon/origin.ts';
import { type Person, readPeople } from '#core/accounts/people.ts';
import { readTweet, type Tweet } from '#core/tweets/tweet.ts';

type Call = Pick<Context<MastodonEnv>, 'env'>;

/** Tweets with their authors, in the same order. The figures of authors may be some seconds old. */
export async function showStatuses(c: Call, tweets: Tweet[]): Promise<Status[]> {
  const origin = originOf(c);
  const people = await c.env.web.people.read(tweets.map(({ author }) => author.id));
  const authors = new Map([...people].map(([id, person]) => [id, toAccount(person, origin)]));
  return tweets.flatMap((tweet) => {
    const author = authors.get(tweet.author.id);
    return author ? [toStatus(tweet, author, origin)] : [];
  });
}

/** One tweet. */
export async function showStatus(c: Call, tweet: Tweet): Promise<Status> {
  const [status] = await showStatuses(c, [tweet]);
  if (!status) throw notFound();
  return status;
}

/** People in the order of these ids, with the figures of now. */
export async function showAccounts(c: Call, ids: number[]): Promise<Account[]> {
  const origin = originOf(c);
  const people = await readPeople(c.env.web.pool, ids);
  const byId = new Map(people.map((person) => [person.id, person]));
  return ids.flatMap((id) => {
    const person = byId.get(id);
    return person ? [toAccount(person, origin)] : [];
  });
}

const LARGEST_ACCOUNT = 2 ** 31 - 1;

/** The person whom a path names; anything else is not found. */
export async function personOf({ env: { web } }: Call, id: string): Promise<Person> {
  const number = numberOf(id, LARGEST_ACCOUNT);
  const [person] = number === undefined ? [] : await readPeople(web.pool, [number]);
  if (!person) throw notFound();
  return person;
}

/** The tweet that a path names; anything else is not found, and so is one that was deleted. */
export async function tweetOf({ env: { web } }: Call, id: string): Promise<Tweet> {
  const number = numberOf(id, Number.MAX_SAFE_INTEGER);
  const tweet = number === undefined ? null : await readTweet(web.pool, number);
  if (!tweet) throw notFound();
  return tweet;
}

/** The ids of accounts among these, each once. What is no id belongs to nobody. */
export const accountIdsOf = (sent: unknown[]): number[] => [
  ...new Set(sent.flatMap((id) => numberOf(String(id), LARGEST_ACCOUNT) ?? [])),
];

/** An id as a number; undefined for what is none, or is larger than any of ours. */
function numberOf(id: string, largest: number): number | undefined {
  const number = /^\d{1,16}$/.test(id) ? Number(id) : Number.NaN;
  return number <= largest ? number : undefined;
}
