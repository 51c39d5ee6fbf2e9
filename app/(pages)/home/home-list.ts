import type { TweetView } from '#api/contract.ts';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { MINUTE } from '#core/durations.ts';

/** A home timeline as it is on screen, and the tweets that wait behind the pill. */
export type HomeList = {
  shown: readonly Placed[];
  /** Newest first. */
  waiting: readonly TweetView[];
  nextCursor: string | null;
  /** True when the oldest were dropped, so that the page stays light. */
  trimmed: boolean;
};

/** `placedAt` is the time at which it was put on screen. It decides the order, so that nothing on screen ever moves. */
type Placed = { tweet: TweetView; placedAt: number };

export type HomeAction =
  | { type: 'arrived'; tweets: readonly TweetView[] }
  /** `own`: the outbox, whose tweets are on screen already. */
  | { type: 'loaded'; at: number; own: readonly Entry[] }
  | { type: 'appended'; tweets: readonly TweetView[]; nextCursor: string | null }
  | { type: 'removed'; tweetId: number };

/** One article: a tweet of the timeline, or one of the outbox, which may not have an id yet. */
type Item = { kind: 'tweet'; tweet: TweetView } | { kind: 'own'; entry: Entry };

/** Articles in the document at once. */
export const MOST = 200;

/** The list at first: the page as the server rendered it. */
export function openList(tweets: readonly TweetView[], nextCursor: string | null): HomeList {
  return { shown: tweets.map((tweet) => ({ tweet, placedAt: 0 })), waiting: [], nextCursor, trimmed: false };
}

/** The list after an action. */
export function reduceHome(list: HomeList, action: HomeAction): HomeList {
  switch (action.type) {
    case 'arrived':
      return arrive(list, action.tweets);
    case 'loaded':
      return load(list, action.at, action.own);
    case 'appended':
      return append(list, action.tweets, action.nextCursor);
    case 'removed':
      return {
        ...list,
        shown: list.shown.filter(({ tweet }) => tweet.id !== action.tweetId),
        waiting: list.waiting.filter(({ id }) => id !== action.tweetId),
      };
  }
}

/** What is on screen, from the top: tweets of the outbox and of the timeline, by when they were put there. */
export function arrange(list: HomeList, entries: readonly Entry[]): Item[] {
  const { shown } = list;
  const ids = new Set(shown.map(({ tweet }) => tweet.id));
  const own = entries
    .filter((entry) => !(entry.state.name === 'accepted' && ids.has(entry.state.tweet.id)))
    .filter((entry) => !shown.some(({ tweet }) => isTwin(entry, tweet)))
    .map((entry) => ({ placedAt: entry.pressedAt, item: { kind: 'own', entry } as const }));
  const others = shown.map(({ tweet, placedAt }) => ({
    placedAt,
    item: { kind: 'tweet', tweet } as const,
  }));
  return [...own, ...others].sort((a, b) => b.placedAt - a.placedAt).map(({ item }) => item);
}

/**
 * Whether a tweet is most likely the one that the outbox asks for again after a reload. The server has it and its
 * answer was lost, so the timeline shows it already. The certain answer comes some 50 ms later. Until then there is one
 * card, not two.
 */
function isTwin({ account, text, pressedAt, revived, state }: Entry, tweet: TweetView): boolean {
  if (!revived || state.name !== 'sending') return false;
  const isSame = tweet.author.handle === account && tweet.text === text;
  return isSame && Date.parse(tweet.createdAt) > pressedAt - CLOCKS_APART_MS;
}

/** How far the clocks of browser and server may differ. */
const CLOCKS_APART_MS = MINUTE;

/** The tweets that the pill counts: those that wait, without those that the outbox shows. */
export function waitingBeside(list: HomeList, entries: readonly Entry[]): TweetView[] {
  const own = acceptedIds(entries);
  return list.waiting.filter((tweet) => !own.has(tweet.id) && !entries.some((entry) => isTwin(entry, tweet)));
}

/** The ids that the outbox has got so far. */
export function acceptedIds(entries: readonly Entry[]): Set<number> {
  return new Set(entries.flatMap(({ state }) => (state.name === 'accepted' ? [state.tweet.id] : [])));
}

function arrive(list: HomeList, tweets: readonly TweetView[]): HomeList {
  const seen = new Set([...list.shown.map(({ tweet }) => tweet.id), ...list.waiting.map(({ id }) => id)]);
  const news = tweets.filter(({ id }) => id >= floorOf(list) && !seen.has(id));
  if (news.length === 0) return list;
  return { ...list, waiting: [...news, ...list.waiting].sort((a, b) => b.id - a.id) };
}

/**
 * The smallest id that belongs on the page; 0 while it shows the whole timeline. Older ones come with the next page.
 */
function floorOf({ shown, nextCursor, trimmed }: HomeList): number {
  const isAll = nextCursor === null && !trimmed;
  return isAll || shown.length === 0 ? 0 : Math.min(...shown.map(({ tweet }) => tweet.id));
}

function load(list: HomeList, at: number, own: readonly Entry[]): HomeList {
  const placed = waitingBeside(list, own).map((tweet) => ({ tweet, placedAt: at }));
  const shown = [...placed, ...list.shown];
  const trimmed = list.trimmed || shown.length > MOST;
  return { ...list, shown: shown.slice(0, MOST), waiting: [], trimmed };
}

function append(list: HomeList, tweets: readonly TweetView[], nextCursor: string | null): HomeList {
  const ids = new Set(list.shown.map(({ tweet }) => tweet.id));
  const older = tweets.filter(({ id }) => !ids.has(id)).map((tweet) => ({ tweet, placedAt: 0 }));
  return { ...list, shown: [...list.shown, ...older], nextCursor };
}
