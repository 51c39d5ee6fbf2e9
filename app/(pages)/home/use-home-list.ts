'use client';

import { useEffect, useEffectEvent, useReducer, useRef } from 'react';
import type { AccountView, TimelinePage, TweetView } from '#api/contract.ts';
import { readHome } from '#app/browser/api.ts';
import { useLive, useLiveWord } from '#app/browser/live/use-live.tsx';
import { clientNow } from '#app/browser/outbox/client-times.ts';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { acceptedIds, type HomeList, openList, reduceHome, waitingBeside } from './home-list.ts';

export type HomeHandle = {
  list: HomeList;
  /** How many tweets the pill counts. */
  waiting: number;
  /** The account's own tweets of this visit, newest first. */
  own: readonly Entry[];
  load(): void;
  /** Appends the page behind the cursor; rejects when it cannot be read. */
  append(): Promise<void>;
  remove(tweetId: number): void;
};

/** The account's home timeline: first as it was rendered, then with every arrival. */
export function useHomeList(account: AccountView, page: TimelinePage): HomeHandle {
  const [list, dispatch] = useReducer(reduceHome, page, ({ tweets, nextCursor }) =>
    openList(tweets, nextCursor),
  );
  const { entries, drop } = useOutbox();
  const own = entries.filter((entry) => entry.account === account.handle);
  const arrive = (tweets: readonly TweetView[]) => dispatch({ type: 'arrived', tweets });

  useLive([`home:${account.handle}`], { arrival: ({ tweet }) => arrive([tweet]) });
  useCatchUp(account, list, arrive);

  return {
    list,
    own,
    waiting: waitingBeside(list, own).length,
    load: () => dispatch({ type: 'loaded', at: clientNow(), own }),
    append: async () => {
      const older = await readHome(account.handle, list.nextCursor);
      dispatch({ type: 'appended', tweets: older.tweets, nextCursor: older.nextCursor });
    },
    remove: (tweetId) => {
      dispatch({ type: 'removed', tweetId });
      for (const { key, state } of own) {
        if (state.name === 'accepted' && state.tweet.id === tweetId) drop(key);
      }
    },
  };
}

/**
 * There are no events for what came between the rendering and the stream, nor for the account's own tweets of another
 * tab. So the newest page is read again whenever the stream is back, and when a delivery is heard whose tweet is not on
 * the page.
 */
function useCatchUp(
  account: AccountView,
  list: HomeList,
  arrive: (tweets: readonly TweetView[]) => void,
): void {
  const { entries, deliveries } = useOutbox();
  const word = useLiveWord();
  const asked = useRef(new Set<number>());
  const read = useEffectEvent(() =>
    readHome(account.handle).then(
      ({ tweets }) => arrive(tweets),
      () => {}, // the status strip says what is away, and the next reconnect reads again
    ),
  );
  const sending = entries.some(({ state }) => state.name === 'sending');
  const newest = Math.max(
    0,
    ...[...deliveries.values()]
      .filter(({ authorId, tweetId }) => authorId === account.id && !isHere(tweetId, list, entries))
      .map(({ tweetId }) => tweetId),
  );

  useEffect(() => {
    if (word === 'live') void read();
  }, [word]);
  useEffect(() => {
    // While one of ours is being sent, its delivery may be heard before its answer.
    if (sending || newest === 0 || asked.current.has(newest)) return;
    asked.current.add(newest);
    void read();
  }, [newest, sending]);
}

function isHere(tweetId: number, list: HomeList, entries: readonly Entry[]): boolean {
  return (
    list.shown.some(({ tweet }) => tweet.id === tweetId) ||
    list.waiting.some(({ id }) => id === tweetId) ||
    acceptedIds(entries).has(tweetId)
  );
}
