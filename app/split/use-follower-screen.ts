'use client';

import { useEffect, useReducer } from 'react';
import type { TweetView } from '#api/contract.ts';
import { useLive } from '#app/live/use-live.ts';
import { clientNow } from '#app/outbox/client-times.ts';
import { begin, type Connection, type FollowerScreen, reduce, SLOW_MS } from './follower-screen.ts';

type Options = {
  follower: string;
  before: TweetView[];
  /** The author's newest tweet that has a fan-out, as the other pane knows it. */
  newest: number | null;
};

/** The follower's pane: hears arrivals as its connection lets it. */
export function useFollowerScreen({ follower, before, newest }: Options): {
  screen: FollowerScreen;
  connect: (to: Connection) => void;
} {
  const [screen, happen] = useReducer(reduce, before, begin);
  const { connection } = screen;

  useLive(connection === 'offline' ? [] : [`home:${follower}`], {
    arrival: (arrival) => happen({ kind: 'arrival', arrival, now: clientNow() }),
  });
  useEffect(() => {
    if (connection !== 'slow') return;
    const timer = setInterval(() => happen({ kind: 'draw', now: clientNow() }), SLOW_MS);
    return () => clearInterval(timer);
  }, [connection]);
  useEffect(() => {
    if (newest !== null) happen({ kind: 'posted', tweetId: newest });
  }, [newest]);

  const connect = (to: Connection) => happen({ kind: 'connection', connection: to, now: clientNow() });
  return { screen, connect };
}
