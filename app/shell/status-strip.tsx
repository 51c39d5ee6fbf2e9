'use client';

import { useRouter } from 'next/navigation';
import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { StatusView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { useLive, useLiveState, useLiveWord } from '#app/browser/live/use-live.tsx';
import {
  type AwaySince,
  behind,
  explain,
  explainAway,
  explainPause,
  type Part,
  partsOf,
  trackAway,
} from './status-line.ts';

type Health = {
  status: StatusView | null;
  away: AwaySince;
  /** When a sample was last heard, by the browser's monotonic clock. */
  heardAt: number | null;
};

const UNHEARD: Health = { status: null, away: {}, heardAt: null };

const HealthContext = createContext<Health>(UNHEARD);

/** Listens to `status` once for the whole page. */
export function HealthProvider({ children }: { children: ReactNode }) {
  const [health, setHealth] = useState<Health>(UNHEARD);
  useLive(['status'], {
    status: (status) =>
      setHealth(({ away }) => ({ status, away: trackAway(away, status), heardAt: performance.now() })),
  });
  useFillIn(health.status);
  return <HealthContext value={health}>{children}</HealthContext>;
}

/** A page that was rendered while Postgres was away knows nobody: it is read again once Postgres answers. */
function useFillIn(status: StatusView | null): void {
  const { accounts } = useActing();
  const router = useRouter();
  const isDue = accounts.length === 0 && status?.postgres === 'ok';
  useEffect(() => {
    if (isDue) router.refresh();
  }, [isDue, router]);
}

/** The last `status` sample, and since when parts have been away. */
export const useHealth = (): Health => useContext(HealthContext);

/** How every part is, in one line of words; what is away is explained below it. */
export function StatusStrip() {
  const { status, away, heardAt } = useHealth();
  const lost = useLostFor(heardAt);
  const parts = status ? partsOf(status) : [];
  const sentences =
    lost === null ? explainAway(away, status ? Date.parse(status.at) : 0) : [explain('web', lost)];
  const paused = status && lost === null ? explainPause(status) : null;
  return (
    <>
      <aside
        aria-label="Status"
        className="sticky top-0 z-20 border-b bg-canvas px-4 py-1.5 text-muted text-xs md:px-6"
      >
        <p className="min-h-4 tabular-nums leading-4">
          {lost === null ? <Line parts={parts} /> : <Word bad>web away</Word>}
          {lost === null && <LiveWords separated={parts.length > 0} />}
        </p>
        <Announcement parts={parts} lost={lost !== null} paused={paused !== null} />
      </aside>
      <Explanations sentences={sentences} tone="bg-bad-soft text-bad" />
      <Explanations sentences={paused ? [paused] : []} tone="bg-warn-soft text-warn" />
    </>
  );
}

function Explanations({ sentences, tone }: { sentences: string[]; tone: string }) {
  if (sentences.length === 0) return null;
  return (
    <div className={`border-b px-4 py-2 text-sm tabular-nums md:px-6 ${tone}`}>
      {sentences.map((sentence) => (
        <p key={sentence.slice(0, 12)}>{sentence}</p>
      ))}
    </div>
  );
}

function Line({ parts }: { parts: Part[] }) {
  const wellWhenShort = parts.length > 0 && parts.every((part) => part.ok);
  const workers = parts.find((part) => part.name === 'workers');
  return (
    <>
      {wellWhenShort && <span className="md:hidden">all parts ok · workers {workers?.word}</span>}
      <span className={wellWhenShort ? 'max-md:hidden' : ''}>
        {parts.map((part, index) => (
          <span key={part.name}>
            {index > 0 && ' · '}
            <Word bad={!part.ok}>
              {part.name} {part.word}
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
      return `${dot}web ok, no live stream is free: tried again within 5 s`;
    case 'connecting':
      return `${dot}live connecting …`;
  }
}

/** Milliseconds since the stream was lost, null while it is there or only just gone. */
function useLostFor(heardAt: number | null): number | null {
  const connecting = useLiveWord() === 'connecting';
  const [lostFor, setLostFor] = useState<number | null>(null);
  useEffect(() => {
    if (!connecting) return setLostFor(null);
    const lostAt = performance.now();
    const since = heardAt ?? lostAt;
    const timer = setInterval(() => {
      const now = performance.now();
      if (now - lostAt > GRACE_MS && !document.hidden) setLostFor(now - since);
    }, 1_000);
    return () => clearInterval(timer);
  }, [connecting, heardAt]);
  return lostFor;
}

/** A reconnect within this time is not worth a word. */
const GRACE_MS = 2_500;

/** Says aloud only what changes: which parts are away, and a pause. */
function Announcement({ parts, lost, paused }: { parts: Part[]; lost: boolean; paused: boolean }) {
  const away = lost ? ['web'] : parts.filter((part) => !part.ok).map((part) => part.name);
  return (
    <span role="status" className="sr-only">
      {away.length > 0 && `Away: ${away.join(', ')}`}
      {paused && ' Deliveries are paused'}
    </span>
  );
}
