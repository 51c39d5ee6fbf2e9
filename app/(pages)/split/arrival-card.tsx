'use client';

import { useEffect, useRef } from 'react';
import { duration } from '#app/ui/figures.ts';
import { clockTime, flight } from './flight.ts';
import type { Shown } from './follower-screen.ts';
import { PaneTweet } from './pane.tsx';

const HELD = {
  slow: ', held by the slow screen',
  offline: ', caught up after being offline',
};

/** A tweet that arrived while somebody looked. The spark lands on it, and it says how long it took. */
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

const FLIGHT = 480; // ms: long enough to follow with the eye, short enough not to delay the next one
const GLOW = 1_400; // ms

/**
 * Sends a spark from one card to the other, after the real arrival. It shows the way, not the time. For a person who
 * asked for less motion, only the card at the end glows. Returns how to stop it.
 */
function fly(from: Element | null, to: Element): () => void {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  const flight = from && !still ? launch(center(from), center(to)) : null;
  const glow = to.animate([{ backgroundColor: 'var(--accent-soft)' }, { backgroundColor: 'transparent' }], {
    duration: GLOW,
    delay: flight ? FLIGHT - 80 : 0,
    easing: 'ease-out',
    fill: 'backwards',
  });
  return () => {
    flight?.();
    glow.cancel();
  };
}

type Point = { x: number; y: number };

function center(element: Element): Point {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}

function launch(from: Point, to: Point): () => void {
  const spark = document.createElement('div');
  spark.setAttribute('aria-hidden', 'true');
  spark.className =
    'pointer-events-none fixed top-0 left-0 z-50 size-3 rounded-full bg-accent shadow-[0_0_16px_4px_var(--accent)]';
  document.body.append(spark);
  const lift = Math.min(60, Math.abs(to.x - from.x) / 4);
  const flight = spark.animate(
    [at(from, 0.4), at({ x: (from.x + to.x) / 2, y: Math.min(from.y, to.y) - lift }, 1.2), at(to, 0.6)],
    { duration: FLIGHT, easing: 'cubic-bezier(0.45, 0, 0.3, 1)' },
  );
  flight.onfinish = () => spark.remove();
  flight.oncancel = () => spark.remove();
  return () => flight.cancel();
}

const at = ({ x, y }: Point, scale: number): Keyframe => ({
  transform: `translate(${x - 6}px, ${y - 6}px) scale(${scale})`,
});
