'use client';

import { useEffect, useState } from 'react';
import type { LabView } from '#api/contract.ts';
import { useLive } from './use-live.tsx';

/** The lab, and the time by the server's clock, in ms. */
export type Lab = { state: LabView['state']; now: number };

/** What is broken and which experiment runs, from what the server rendered on. Ticks once a second while there is any. */
export function useLab(initial: LabView): Lab {
  const [heard, setHeard] = useState({ view: initial, at: Number.NaN });
  const [now, setNow] = useState(Date.parse(initial.at));
  useLive(['lab'], {
    lab: (view) => {
      setHeard({ view, at: performance.now() });
      setNow(Date.parse(view.at));
    },
  });
  const { view, at } = heard;
  const isBusy = Boolean(view.state && (view.state.faults.length > 0 || view.state.run?.endedAt === null));
  useEffect(() => {
    if (!isBusy) return;
    const since = Number.isNaN(at) ? performance.now() : at;
    const timer = setInterval(() => setNow(Date.parse(view.at) + performance.now() - since), 1_000);
    return () => clearInterval(timer);
  }, [isBusy, view, at]);
  return { state: view.state, now };
}

/** Whole seconds from one time to another, at least 0. */
export const secondsBetween = (from: number, to: number): number =>
  Math.max(0, Math.round((to - from) / 1_000));
