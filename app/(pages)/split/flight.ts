import type { Entry } from '#app/browser/outbox/outbox.ts';

/** How long a tweet took from the author's key press to the follower's screen. */
type Flight = {
  /** Milliseconds since 1970 by the clock named below. */
  postedAt: number;
  arrivedAt: number;
  ms: number;
  /** The one clock that measured both ends. A tweet that was posted elsewhere has no key press by this browser's. */
  clock: 'this browser' | 'the server';
};

type Sent = { pressedAt: number | null; createdAt: string };
type Heard = { at: string; shownAt: number };

/**
 * The two panes share one browser, so its clock measures a tweet posted here from end to end. For any other tweet the
 * server's clock does: when it was created, and when the arrival was sent. The clocks are never mixed.
 */
export function flight({ pressedAt, createdAt }: Sent, { at, shownAt }: Heard): Flight {
  if (pressedAt !== null) return between(pressedAt, shownAt, 'this browser');
  return between(Date.parse(createdAt), Date.parse(at), 'the server');
}

function between(postedAt: number, arrivedAt: number, clock: Flight['clock']): Flight {
  return { postedAt, arrivedAt, ms: Math.max(0, Math.round(arrivedAt - postedAt)), clock };
}

/** `12:00:01.112`: the time of day in the person's own time zone, or the one given. */
export function clockTime(ms: number, timeZone?: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
    ...(timeZone && { timeZone }),
  }).format(ms);
}

/**
 * When the author pressed the key for this tweet, by this browser's clock; null when it was posted elsewhere. A tweet
 * can arrive on the right before its `202` has come on the left. Until then the entry is found by its text.
 */
export function pressedAt(entries: readonly Entry[], tweet: { id: number; text: string }): number | null {
  const entry =
    entries.find(({ state }) => state.name === 'accepted' && state.tweet.id === tweet.id) ??
    entries.find(({ state, text }) => state.name === 'sending' && text.trim() === tweet.text);
  return entry?.pressedAt ?? null;
}
