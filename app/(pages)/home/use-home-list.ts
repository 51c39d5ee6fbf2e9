'use client';

import { useReducer } from 'react';
import type { AccountView, TimelinePage, TweetView } from '#api/contract.ts';
import { readHome } from '#app/browser/api.ts';
import { useLive } from '#app/browser/live/use-live.tsx';
import { clientNow } from '#app/browser/outbox/client-times.ts';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { type HomeList, openList, reduceHome, waitingBeside } from './home-list.ts';
import { useCatchUp } from './use-catch-up.ts';

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
