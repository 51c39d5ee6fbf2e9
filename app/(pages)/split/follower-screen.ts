'use client';

import { useEffect, useReducer } from 'react';
import type { StreamEvents, TimelinePage, TweetView } from '#api/contract.ts';
import { useLive } from '#app/browser/live/use-live.tsx';
import { clientNow } from '#app/browser/outbox/client-times.ts';
import { SECOND } from '#core/durations.ts';

/**
 * How the follower's pane is connected. This is simulated in this browser alone:
 *
 * - `live`: arrivals are drawn when they come.
 * - `slow`: they come, and are drawn together every {@link SLOW_MS}.
 * - `offline`: the topic is unsubscribed and nothing comes. Once it is live again, the server sends what was missed.
 */
export const CONNECTIONS = ['live', 'slow', 'offline'] as const;
export type Connection = (typeof CONNECTIONS)[number];

const SLOW_MS = 3 * SECOND;

export type Arrival = StreamEvents['arrival'];

/** A tweet that arrived while somebody looked: when it was drawn, by this browser's clock, and what held it up. */
export type Shown = Arrival & { shownAt: number; heldBy: 'slow' | 'offline' | null };

export type FollowerScreen = {
  connection: Connection;
  /** Newest first: arrivals that are drawn. */
  shown: Shown[];
  /** Arrivals that a slow screen has not drawn yet, oldest first. */
  pending: Arrival[];
  /** Tweets on the screen from the start. */
  before: readonly TweetView[];
  /** The smallest id that belongs on the screen: 0 when it began with all of the timeline. */
  floor: number;
  /** Tweets that were posted while the follower was offline, and have not been caught up yet. */
  missed: number[];
};

export type ScreenEvent =
  | { kind: 'arrival'; arrival: Arrival; now: number }
  | { kind: 'posted'; tweetId: number }
  | { kind: 'connection'; connection: Connection; now: number }
  | { kind: 'draw'; now: number };

/** The newest page of the timeline, as the server rendered it. */
export type FirstPage = Pick<TimelinePage, 'tweets' | 'nextCursor'>;

export const begin = ({ tweets, nextCursor }: FirstPage): FollowerScreen => ({
  connection: 'live',
  shown: [],
  pending: [],
  before: tweets,
  floor: nextCursor === null ? 0 : (tweets.at(-1)?.id ?? 0),
  missed: [],
});

/**
 * Applies an event. A tweet is drawn once, however often its arrival is heard. After each gap the server sends the
 * newest ones again, also those from before this screen began.
 */
export function reduce(screen: FollowerScreen, event: ScreenEvent): FollowerScreen {
  switch (event.kind) {
    case 'arrival':
      return isNews(screen, event.arrival.tweet.id) ? arrive(screen, event.arrival, event.now) : screen;
    case 'posted':
      return screen.connection === 'offline' && !isKnown(screen, event.tweetId)
        ? miss(screen, event.tweetId)
        : screen;
    case 'connection':
      return { ...draw(screen, event.now), connection: event.connection };
    case 'draw':
      return draw(screen, event.now);
  }
}

function arrive(screen: FollowerScreen, arrival: Arrival, now: number): FollowerScreen {
  const { id } = arrival.tweet;
  const missed = screen.missed.filter((each) => each !== id);
  if (screen.connection === 'slow') return { ...screen, missed, pending: [...screen.pending, arrival] };
  const heldBy = missed.length < screen.missed.length ? 'offline' : null;
  return { ...screen, missed, shown: [{ ...arrival, shownAt: now, heldBy }, ...screen.shown] };
}

const miss = (screen: FollowerScreen, tweetId: number): FollowerScreen =>
  screen.missed.includes(tweetId) ? screen : { ...screen, missed: [...screen.missed, tweetId] };

function draw(screen: FollowerScreen, now: number): FollowerScreen {
  if (screen.pending.length === 0) return screen;
  const drawn = screen.pending.map((arrival): Shown => ({ ...arrival, shownAt: now, heldBy: 'slow' }));
  return { ...screen, pending: [], shown: [...drawn.reverse(), ...screen.shown] };
}

const isNews = (screen: FollowerScreen, id: number): boolean => id >= screen.floor && !isKnown(screen, id);

function isKnown({ shown, pending, before }: FollowerScreen, id: number): boolean {
  return (
    shown.some(({ tweet }) => tweet.id === id) ||
    pending.some(({ tweet }) => tweet.id === id) ||
    before.some((tweet) => tweet.id === id)
  );
}

type Options = {
  follower: string;
  home: FirstPage;
  /** The author's newest tweet that has a fan-out, as the other pane knows it. */
  newest: number | null;
};

/** The state of the follower's pane, which hears arrivals as its connection lets it. */
export function useFollowerScreen({ follower, home, newest }: Options): {
  screen: FollowerScreen;
  connect: (to: Connection) => void;
} {
  const [screen, happen] = useReducer(reduce, home, begin);
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
