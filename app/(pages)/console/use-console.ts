'use client';

import { useEffect, useState } from 'react';
import type { ConsoleView } from '#api/contract.ts';
import { checked } from '#app/browser/live/live-event.ts';
import { useLive } from '#app/browser/live/use-live.tsx';

import { consoleView } from './console-shape.ts';

type Heard = { view: ConsoleView | null; history: History; heardAt: number };

/** Ten samples a second come; a figure is old when twenty are missing. */
const STALE_MS = 2_000;

/** The last sample as this account may see it, the last minute, and how old the sample is; null while it is fresh. */
export function useConsole(account: string | undefined): {
  view: ConsoleView | null;
  history: History;
  ageMs: number | null;
} {
  const [heard, setHeard] = useState<Heard>({ view: null, history: [], heardAt: 0 });
  useLive([account === undefined ? 'console' : `console:${account}`], {
    console: checked(consoleView, (view) =>
      setHeard(({ history }) => ({ view, history: remember(history, view), heardAt: performance.now() })),
    ),
  });
  return { view: heard.view, history: heard.history, ageMs: useAge(heard.heardAt) };
}

function useAge(heardAt: number): number | null {
  const [ageMs, setAgeMs] = useState<number | null>(null);
  useEffect(() => {
    setAgeMs(null);
    const timer = setInterval(() => {
      const age = performance.now() - heardAt;
      if (age > STALE_MS) setAgeMs(age);
    }, 1_000);
    return () => clearInterval(timer);
  }, [heardAt]);
  return ageMs;
}

/** One moment of the charts; `at` in milliseconds since 1970 by Postgres' clock. */
type Moment = {
  at: number;
  backlog: number;
  taken: number;
  limit: number;
  arrivals: number | null;
  completions: number | null;
};

/** Oldest first. */
export type History = readonly Moment[];

/** What the charts show. */
export const SHOWN_MS = 60_000;

/** Adds a sample and forgets what has left the charts. A sample that is not newer than the last is not added. */
export function remember(history: History, view: ConsoleView): History {
  const { backlog, taken, limit, arrivals, completions } = view;
  const at = Date.parse(view.at);
  const last = history.at(-1);
  if (last && at <= last.at) return history;
  const shown = history.filter((moment) => at - moment.at <= SHOWN_MS);
  return [...shown, { at, backlog, taken, limit, arrivals, completions }];
}
