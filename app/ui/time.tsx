'use client';

import { useSyncExternalStore } from 'react';
import { DAY, HOUR, MINUTE, SECOND } from '#core/durations.ts';
import { inWords } from './zoned-time.ts';

const EVERY_MS = 20 * SECOND;

/** `12 s`, `5 min`, `3 h`, then the day; the full time is its title. */
export function RelativeTime({ at }: { at: string }) {
  return <Time at={at}>{ago(Date.parse(at), useNow())}</Time>;
}

/** The same for use in a sentence: `just now`, `12 s ago`, `on 24 Nov`. */
export function TimeAgo({ at }: { at: string }) {
  return <Time at={at}>{inSentence(ago(Date.parse(at), useNow()))}</Time>;
}

const Time = ({ at, children }: { at: string; children: string }) => (
  <time
    dateTime={at}
    title={`${at.slice(0, 10)} ${at.slice(11, 19)} UTC`}
    suppressHydrationWarning
    className="whitespace-nowrap"
  >
    {children}
  </time>
);

function inSentence(words: string): string {
  if (words === 'now') return 'just now';
  return /\d (s|min|h)$/.test(words) ? `${words} ago` : `on ${words}`;
}

const useNow = () => useSyncExternalStore(tick, currentTick, currentTick);

/** How long before `now` it was. When clocks differ, a time may lie ahead: it counts as `now`. */
function ago(at: number, now: number): string {
  const ms = now - at;
  if (ms < 20 * SECOND) return 'now';
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h`;
  return day.format(at);
}

const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });

const currentTick = () => Math.floor(Date.now() / EVERY_MS) * EVERY_MS;

function tick(changed: () => void): () => void {
  const timer = setInterval(changed, EVERY_MS);
  return () => clearInterval(timer);
}

/** A time with its zone: UTC on the server, then the browser's. */
export function LocalTime({ at }: { at: string }) {
  const text = useSyncExternalStore(
    never,
    () => inWords(new Date(at)),
    () => inWords(new Date(at), 'UTC'),
  );
  return (
    <time dateTime={at} className="whitespace-nowrap tabular-nums">
      {text}
    </time>
  );
}

const never = () => () => {};
