'use client';

import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { LabView } from '#api/contract.ts';
import { hydratedContext, useHydratedContext, useHydratedValue } from '#app/browser/hydrated-context.ts';
import { useLive } from './use-live.tsx';

/** The lab, and the time by the server's clock, in ms. */
export type Lab = { state: LabView['state']; now: number };

const LabContext = hydratedContext<Lab>({ state: null, now: 0 });

/**
 * Listens to `lab` once for the whole page, and begins with what the server rendered. So a component that comes later
 * has what was heard before it came. Ticks once a second while something is broken or an experiment runs.
 */
export function LabProvider({ initial, children }: { initial: LabView; children: ReactNode }) {
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
  const value = useMemo(() => ({ state: view.state, now }), [view.state, now]);
  return <LabContext value={useHydratedValue(value)}>{children}</LabContext>;
}

/** What is broken and which experiment runs. */
export const useLab = (): Lab => useHydratedContext(LabContext);

/** Whole seconds from one time to another, at least 0. */
export const secondsBetween = (from: number, to: number): number =>
  Math.max(0, Math.round((to - from) / 1_000));
