'use client';

import { useEffect, useEffectEvent, useRef } from 'react';
import type { AccountView, TweetView } from '#api/contract.ts';
import { readHome } from '#app/browser/api.ts';
import { useLiveWord } from '#app/browser/live/use-live.tsx';
import type { Entry } from '#app/browser/outbox/outbox.ts';
import { useOutbox } from '#app/browser/outbox/outbox-provider.tsx';
import { acceptedIds, type HomeList } from './home-list.ts';

/**
 * There are no events for what came between the rendering and the stream, nor for the account's own tweets of another
 * tab. So the newest page is read again whenever the stream is back, and when a delivery is heard whose tweet is not on
 * the page.
 */
export function useCatchUp(
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
