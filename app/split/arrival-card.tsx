'use client';

import { useEffect, useRef } from 'react';
import { duration } from '#app/delivery/figures.ts';
import { clockTime, flight } from './flight.ts';
import type { Shown } from './follower-screen.ts';
import { PaneTweet } from './pane-tweet.tsx';
import { fly } from './spark.ts';

const HELD = {
  slow: ', held by the slow screen',
  offline: ', caught up after being offline',
};

/** A tweet that arrived while someone looked: the spark lands on it, and it says how long it took. */
export function ArrivalCard({ arrival, pressedAt }: { arrival: Shown; pressedAt: number | null }) {
  const card = useRef<HTMLLIElement>(null);
  const { tweet, heldBy } = arrival;
  useEffect(() => {
    if (!card.current) return;
    const sent = document.querySelector(`[data-sent="${tweet.id}"]`) ?? document.querySelector('[data-sent]');
    return fly(sent, card.current);
  }, [tweet.id]);
  const { postedAt, arrivedAt, ms, clock } = flight({ pressedAt, createdAt: tweet.createdAt }, arrival);
  return (
    <li ref={card} className="px-4 py-3">
      <PaneTweet tweet={tweet} />
      <p className="mt-1 ps-11 text-xs text-muted tabular-nums">
        posted {clockTime(postedAt)} → arrived {clockTime(arrivedAt)} ·{' '}
        <strong className="font-semibold text-good">{duration(ms)}</strong>
        {heldBy && HELD[heldBy]}
        <span className="block">by the clock of {clock}</span>
      </p>
    </li>
  );
}
