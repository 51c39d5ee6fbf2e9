import type {
  AccountView,
  DeliveryPage,
  DeliveryView,
  SessionView,
  SuggestionsView,
  TaskView,
  TimelinePage,
  TrendsView,
  UserView,
} from '#api/contract.ts';
import { invalidField } from '#api/problem.ts';
import { cookieIn, type SessionAccount, type Sessions } from '#api/session.ts';
import { type Viewer, visibleTask } from '#api/visible-tasks.ts';
import { type Account, findAccount, isFollowing, listDemoAccounts } from '#core/accounts/accounts.ts';
import { isOperator } from '#core/accounts/operators.ts';
import { type ConnectedApp, listConnected } from '#core/clients/connected.ts';
import type { Config } from '#core/config.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { readDeliveries, readRecentDeliveries } from '#core/ledger/delivery.ts';
import type { Database } from '#core/postgres.ts';
import { readSuggestions } from '#core/suggestions/suggestions.ts';
import { readTasks } from '#core/tasks/read-tasks.ts';
import { readSchedules, type Schedule } from '#core/tasks/schedules.ts';
import type { HomeReader } from '#core/timelines/home-reader.ts';
import { readTrends, TREND_HOURS } from '#core/trends/trends.ts';
import { readTweet } from '#core/tweets/tweet.ts';
import { readTweetsBy } from '#core/tweets/tweets-by.ts';

/** Everybody whom one can be here, and who one is. */
export type WhoIsThere = { accounts: AccountView[]; session: SessionView };

export type PageOptions = { cursor?: string | undefined; limit: number };

/** What stands beside the timeline. It is null when it cannot be read now: the timeline is shown without it. */
export type ExploreView = { trends: TrendsView | null; suggestions: SuggestionsView | null };

/**
 * The reads that pages and endpoints share, in the shapes of the HTTP interface. Pages get them from the composition root
 * and import none of this code: Next would bundle a second copy of core, with caches and classes of its own.
 */
export type Reads = {
  /** The demo accounts. */
  accounts(): Promise<AccountView[]>;
  /** By one query, the demo accounts, and those of them that the session in a `Cookie` header holds. */
  whoIsThere(cookies: string | undefined): Promise<WhoIsThere>;
  /** A page of an account's home timeline. */
  home(accountId: number, page: PageOptions): Promise<TimelinePage>;
  /** The same page as the bytes of its JSON. They are joined from tweets, each of which was made into JSON once. */
  homeJson(accountId: number, page: PageOptions): Promise<Uint8Array<ArrayBuffer>>;
  /** A page of one author's own tweets, or null when there is no such person. */
  tweetsBy(handle: string, page: PageOptions): Promise<TimelinePage | null>;
  /** One person, and whether the viewer follows them; null when there is none. */
  user(handle: string, viewerId?: number): Promise<UserView | null>;
  /**
   * A tweet with its delivery and chunks. Null when there is no such tweet, or it is deleted. `not kept` when the tweet is
   * there and its delivery is not: it ended long ago, or the tweet was there from the beginning and never had one.
   */
  delivery(tweetId: number): Promise<Required<DeliveryPage> | 'not kept' | null>;
  /** An author's deliveries that the stream will tell too. They are shown at once, or tweets would grow when it opens. */
  recentDeliveries(accountId: number): Promise<DeliveryView[]>;
  /** Trends and suggestions, both computed in advance. */
  explore(accountId: number): Promise<ExploreView>;
  /** An account's newest tasks, as it may see them. */
  tasks(viewer: Viewer, limit: number): Promise<TaskView[]>;
  schedules(): Promise<Schedule[]>;
  /** The apps of others that may act for an account. */
  clients(accountId: number): Promise<ConnectedApp[]>;
};

type Sources = Database & {
  homes: HomeReader;
  sessions: Sessions;
  config: Pick<Config, 'OPERATORS'>;
};

const TRENDS = 8;
const SUGGESTED = 4;

/** Reads from these connections. */
export function openReads({ homes, sessions, config, ...database }: Sources): Reads {
  const { pool, prisma } = database;
  const view = (account: Account): AccountView => ({
    ...account,
    role: account.role ?? 'follower',
    operator: isOperator(config, account),
  });
  const listAccounts = async () => (await listDemoAccounts(prisma)).map(view);
  return {
    accounts: listAccounts,
    whoIsThere: async (cookies) => {
      const [accounts, held] = await Promise.all([listAccounts(), sessions.open(cookieIn(cookies))]);
      return { accounts, session: toSession(accounts, held.accounts) };
    },
    home: async (userId, page) => {
      const { tweets, next, source } = await homes.read(toRequest(userId, page));
      return { tweets, nextCursor: toCursor(next), source };
    },
    homeJson: async (userId, page) => {
      const { tweets, next, source } = await homes.readText(toRequest(userId, page));
      const text = `{"tweets":${tweets},"nextCursor":${JSON.stringify(toCursor(next))},"source":"${source}"}`;
      return Buffer.from(text, 'latin1'); // the rest is ASCII
    },
    tweetsBy: (handle, page) => readTweetsOf(prisma, handle, page),
    user: async (handle, viewerId) => {
      const account = await findAccount(prisma, handle);
      if (!account) return null;
      const followedByMe = viewerId !== undefined && (await isFollowing(prisma, viewerId, account.id));
      return { ...view(account), followedByMe };
    },
    delivery: async (tweetId) => {
      const [tweet, [delivery], chunks] = await Promise.all([
        readTweet(pool, tweetId),
        readDeliveries(pool, [tweetId]),
        readChunks(pool, tweetId),
      ]);
      if (!tweet) return null;
      return delivery ? { tweet, delivery, chunks } : 'not kept';
    },
    recentDeliveries: (accountId) => readRecentDeliveries(pool, accountId),
    explore: (accountId) => readExplore(database, accountId),
    tasks: async (viewer, limit) => {
      const tasks = await readTasks(database, { accountId: viewer.id, limit });
      return tasks.map((task) => visibleTask(task, viewer));
    },
    schedules: () => readSchedules(prisma),
    clients: (accountId) => listConnected(pool, accountId),
  };
}

const toRequest = (userId: number, { cursor, limit }: PageOptions) => ({
  ...{ userId, limit },
  ...(cursor && { before: decodeCursor(cursor) }),
});

const toCursor = (next: number | null): string | null => (next === null ? null : encodeCursor(next));

/** The accounts of a session in its order; the last one acts. A session holds demo accounts alone. */
function toSession(accounts: AccountView[], held: SessionAccount[]): SessionView {
  const found = held.flatMap(({ id }) => accounts.find((account) => account.id === id) ?? []);
  return { accounts: found, acting: found.at(-1) ?? null };
}

async function readTweetsOf(
  prisma: Database['prisma'],
  handle: string,
  { cursor, limit }: PageOptions,
): Promise<TimelinePage | null> {
  const author = await findAccount(prisma, handle);
  if (!author) return null;
  const before = cursor ? decodeCursor(cursor) : Number.MAX_SAFE_INTEGER;
  const tweets = await readTweetsBy(prisma, author, { before, after: 0, limit: limit + 1, take: 'newest' });
  const shown = tweets.slice(0, limit);
  const last = shown.at(-1);
  const nextCursor = tweets.length > limit && last ? encodeCursor(last.id) : null;
  return { tweets: shown, nextCursor, source: 'postgres' };
}

async function readExplore({ pool, prisma }: Database, accountId: number): Promise<ExploreView> {
  const [trends, suggestions] = await Promise.all([
    readTrends(pool, TRENDS).then(
      (read) => ({ ...read, hours: TREND_HOURS }),
      () => null,
    ),
    readSuggestions(prisma, accountId, SUGGESTED).then(
      (list) => list ?? { accounts: [], readers: 0, computedAt: null },
      () => null,
    ),
  ]);
  return { trends, suggestions };
}

/** An opaque cursor: tweets below this id come next. */
const encodeCursor = (before: number): string => Buffer.from(`b${before}`).toString('base64url');

/** Reads a cursor of {@link encodeCursor}; refuses anything else. */
function decodeCursor(cursor: string): number {
  const match = /^b([1-9]\d{0,15})$/.exec(Buffer.from(cursor, 'base64url').toString());
  const before = Number(match?.[1]);
  if (!Number.isSafeInteger(before))
    throw invalidField('cursor', 'Expected a nextCursor of an earlier answer');
  return before;
}
