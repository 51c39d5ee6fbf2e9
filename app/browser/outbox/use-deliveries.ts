'use client';

import { type Dispatch, useEffect, useEffectEvent } from 'react';
import { useActing } from '#app/browser/acting.tsx';
import { readDelivery } from '#app/browser/api.ts';
import { useLive, useLiveWord } from '#app/browser/live/use-live.tsx';
import { SECOND } from '#core/durations.ts';
import type { Entry, Outbox, OutboxAction } from './outbox.ts';
import { SERVER_BACK } from './retry.ts';

/** Hears how deliveries go, and sends what waits when the server is back. */
export function useDeliveries({ entries, deliveries }: Outbox, dispatch: Dispatch<OutboxAction>): void {
  const { acting } = useActing();
  const accounts = new Set(
    entries.filter((entry) => isUnderWay(entry, deliveries)).map(({ account }) => account),
  );
  if (acting) accounts.add(acting.handle);
  useLive(
    [...accounts].sort().map((handle) => `posts:${handle}`),
    { delivery: (delivery) => dispatch({ type: 'delivery', delivery }) },
  );
  useServerBack(deliveries, dispatch);
}

const POLL_MS = 5 * SECOND;

/**
 * When the server is heard again, lost answers are asked for again. Unfinished deliveries are read, because the stream
 * does not mention those that ended meanwhile.
 */
function useServerBack(deliveries: Outbox['deliveries'], dispatch: Dispatch<OutboxAction>): void {
  const word = useLiveWord();
  const readAll = useEffectEvent(() => {
    window.dispatchEvent(new Event(SERVER_BACK));
    for (const { tweetId, finishedAt } of deliveries.values()) {
      if (finishedAt === null) readAgain(tweetId, dispatch);
    }
  });
  useEffect(() => {
    if (word !== 'live' && word !== 'waiting' && word !== 'refused') return;
    readAll();
    if (word === 'live') return;
    const timer = setInterval(() => readAll(), POLL_MS);
    return () => clearInterval(timer);
  }, [word]);
}

/** Reads a delivery whose events may have been missed. */
export function readAgain(tweetId: number, dispatch: Dispatch<OutboxAction>): void {
  readDelivery(tweetId).then(
    (delivery) => dispatch({ type: 'delivery', delivery }),
    () => {}, // no answer: the next reconnect asks again
  );
}

function isUnderWay({ state }: Entry, deliveries: Outbox['deliveries']): boolean {
  return state.name !== 'accepted' || deliveries.get(state.tweet.id)?.finishedAt === null;
}
