import 'server-only';
import { cookies } from 'next/headers';
import type {
  AccountView,
  DeliveryPage,
  DeliveryView,
  SessionView,
  TimelinePage,
  UserView,
} from '#app/contract.ts';
import { decodeCursor, encodeCursor } from '#app/server/cursor.ts';
import { web } from '#app/server/root.ts';
import { openSession, SESSION_COOKIE } from '#app/server/session.ts';
import {
  type Account,
  findAccount,
  findAccounts,
  isFollowing,
  listDemoAccounts,
} from '#core/accounts/accounts.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { readDeliveries, readRecentDeliveries } from '#core/ledger/delivery.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { readTweet, readTweetsBy } from '#core/tweets/hydrate.ts';

/** Reads for server components and route handlers alike, in the shapes of the HTTP interface. */

export type PageOptions = { cursor?: string | undefined; limit: number };

const view = (account: Account): AccountView => ({ ...account, role: account.role ?? 'follower' });

/** The demo accounts. */
export async function listAccounts(): Promise<AccountView[]> {
  return (await listDemoAccounts(web().pool)).map(view);
}

/** The session of the request that is being rendered. */
export async function readSession(): Promise<SessionView> {
  const session = await openSession((await cookies()).get(SESSION_COOKIE)?.value);
  return describeSession(session.accounts.map((account) => account.id));
}

/** The accounts with these ids in that order; the last one acts. */
export async function describeSession(ids: number[]): Promise<SessionView> {
  const found = new Map((await findAccounts(web().pool, ids)).map((account) => [account.id, view(account)]));
  const accounts = ids.flatMap((id) => found.get(id) ?? []);
  return { accounts, acting: accounts.at(-1) ?? null };
}

/** A page of an account's home timeline. */
export async function readHomeTimeline(
  userId: number,
  { cursor, limit }: PageOptions,
): Promise<TimelinePage> {
  const page = await readHome(web(), { userId, limit, ...(cursor && { before: decodeCursor(cursor) }) });
  return {
    tweets: page.tweets,
    nextCursor: page.next === null ? null : encodeCursor(page.next),
    source: page.source,
  };
}

/** A page of one author's own tweets, or null when there is no such person. */
export async function readUserTweets(
  handle: string,
  { cursor, limit }: PageOptions,
): Promise<TimelinePage | null> {
  const author = await findAccount(web().pool, handle);
  if (!author) return null;
  const before = cursor ? decodeCursor(cursor) : Number.MAX_SAFE_INTEGER;
  const tweets = await readTweetsBy(web().pool, author.id, { before, limit: limit + 1 });
  const shown = tweets.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = tweets.length > limit && last ? encodeCursor(last.id) : null;
  return { tweets: shown, nextCursor, source: 'postgres' };
}

/** One person, and whether the viewer follows them. */
export async function readUser(handle: string, viewerId?: number): Promise<UserView | null> {
  const account = await findAccount(web().pool, handle);
  if (!account) return null;
  const followedByMe = viewerId !== undefined && (await isFollowing(web().pool, viewerId, account.id));
  return { ...view(account), followedByMe };
}

/** A tweet with its delivery and chunks, or null when there is none, it is deleted, or it never was fanned out. */
export async function readDeliveryPage(tweetId: number): Promise<Required<DeliveryPage> | null> {
  const { pool } = web();
  const [tweet, [delivery], chunks] = await Promise.all([
    readTweet(pool, tweetId),
    readDeliveries(pool, [tweetId]),
    readChunks(pool, tweetId),
  ]);
  return tweet && delivery ? { tweet, delivery, chunks } : null;
}

/** An author's deliveries that the stream will tell as well: shown from the first, or tweets would grow when it opens. */
export async function readRecent(accountId: number): Promise<DeliveryView[]> {
  return readRecentDeliveries(web().pool, accountId);
}
