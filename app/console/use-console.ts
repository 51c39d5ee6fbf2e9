'use client';

import { useEffect, useState } from 'react';
import type { ConsoleView } from '#api/contract.ts';
import { useLive } from '#app/live/use-live.ts';
import { type History, remember } from './history.ts';

type Heard = { view: ConsoleView | null; history: History; heardAt: number };

/** Ten samples a second come; a figure is old when twenty are missing. */
const STALE_MS = 2_000;

/** The last sample, the last minute, and how old the sample is; null while it is fresh. */
export function useConsole(): { view: ConsoleView | null; history: History; ageMs: number | null } {
  const [heard, setHeard] = useState<Heard>({ view: null, history: [], heardAt: 0 });
  useLive(['console'], {
    console: (view) =>
      setHeard(({ history }) => ({ view, history: remember(history, view), heardAt: performance.now() })),
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
