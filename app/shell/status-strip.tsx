'use client';

import { type ReactNode, useEffect, useState } from 'react';
import { useHealth } from '#app/browser/live/health.tsx';
import { useLive, useLiveState, useLiveWord } from '#app/browser/live/use-live.tsx';
import {
  type AwaySince,
  behind,
  explain,
  explainAway,
  explainPause,
  type HealthItem,
  healthItems,
  trackAway,
} from './status-line.ts';

/** The state of every part, in one line of words. Below it the page explains what is away. */
export function StatusStrip() {
  const { status, heardAt } = useHealth();
  const away = useAway();
  const webAwayMs = useWebAwayMs(heardAt);
  const items = status ? healthItems(status) : [];
  const explained =
    webAwayMs === null ? explainAway(away, status ? Date.parse(status.at) : 0) : [explain('web', webAwayMs)];
  const paused = status && webAwayMs === null ? explainPause(status) : null;
  return (
    <>
      <aside
        aria-label="Status"
        className="sticky top-0 z-20 border-b bg-canvas px-4 py-1.5 text-muted text-xs md:px-6"
      >
        <p className="min-h-4 tabular-nums leading-4">
          {webAwayMs === null ? <Line items={items} /> : <Word bad>web away</Word>}
          {webAwayMs === null && <LiveWords separated={items.length > 0} />}
        </p>
        <Announcement items={items} webAway={webAwayMs !== null} paused={paused !== null} />
      </aside>
      <Explanations texts={explained} tone="bg-bad-soft text-bad" />
      <Explanations texts={paused ? [paused] : []} tone="bg-warn-soft text-warn" />
    </>
  );
}

/** Since when the servers have been away that are away now. */
function useAway(): AwaySince {
  const [away, setAway] = useState<AwaySince>({});
  useLive(['status'], { status: (status) => setAway((since) => trackAway(since, status)) });
  return away;
}

function Explanations({ texts, tone }: { texts: string[]; tone: string }) {
  if (texts.length === 0) return null;
  return (
    <div className={`border-b px-4 py-2 text-sm tabular-nums md:px-6 ${tone}`}>
      {texts.map((text) => (
        <p key={text.slice(0, 12)}>{text}</p>
      ))}
    </div>
  );
}

function Line({ items }: { items: HealthItem[] }) {
  const shortened = items.length > 0 && items.every((item) => item.ok);
  const workers = items.find((item) => item.name === 'workers');
  return (
    <>
      {shortened && <span className="md:hidden">all servers ok · workers {workers?.word}</span>}
      <span className={shortened ? 'max-md:hidden' : ''}>
        {items.map((item, index) => (
          <span key={item.name}>
            {index > 0 && ' · '}
            <Word bad={!item.ok}>
              {item.name} {item.word}
            </Word>
          </span>
        ))}
      </span>
    </>
  );
}

function Word({ bad, children }: { bad: boolean; children: ReactNode }) {
  return <span className={bad ? 'font-medium text-bad' : ''}>{children}</span>;
}

function LiveWords({ separated }: { separated: boolean }) {
  const { state, behindMs, heldBack } = useLiveState();
  const dot = separated ? ' · ' : '';
  switch (state) {
    case 'live':
      return `${dot}live ${behind(behindMs)} behind`;
    case 'paused':
      return `${dot}live paused, ${heldBack} waiting`;
    case 'waiting':
      return `${dot}four other tabs are live, this one refreshes every 5 s`;
    case 'refused':
      return `${dot}web ok, no live stream is free: this page tries again by itself`;
    case 'connecting':
      return `${dot}live connecting …`;
  }
}

/** A reconnect within this time is not mentioned. */
const GRACE_MS = 2_500;

/** Milliseconds since the web server was heard last; null while it is there or only just gone. */
function useWebAwayMs(heardAt: number | null): number | null {
  const connecting = useLiveWord() === 'connecting';
  const [awayMs, setAwayMs] = useState<number | null>(null);
  useEffect(() => {
    if (!connecting) return setAwayMs(null);
    const lostAt = performance.now();
    const since = heardAt ?? lostAt;
    const timer = setInterval(() => {
      const now = performance.now();
      if (now - lostAt > GRACE_MS && !document.hidden) setAwayMs(now - since);
    }, 1_000);
    return () => clearInterval(timer);
  }, [connecting, heardAt]);
  return awayMs;
}

/** What a screen reader hears. Only what changes is announced: what is away, and a pause. */
function Announcement({
  items,
  webAway,
  paused,
}: {
  items: HealthItem[];
  webAway: boolean;
  paused: boolean;
}) {
  const away = webAway ? ['web'] : items.filter((item) => !item.ok).map((item) => item.name);
  return (
    <span role="status" className="sr-only">
      {away.length > 0 && `Away: ${away.join(', ')}`}
      {paused && ' Deliveries are paused'}
    </span>
  );
}
