'use client';

import { useState } from 'react';
import { useActing } from '#app/browser/acting.tsx';
import { healFault } from '#app/browser/api.ts';
import { problemText } from '#app/browser/http.ts';
import { causeFault, type ToBreak } from '#app/browser/lab-acts.ts';
import { useLab } from '#app/browser/live/lab.tsx';

/** What may be done to a part; undefined for somebody who may not. */
export type Act = {
  busy: boolean;
  cause(order: ToBreak): void;
  restore(faultId: number): void;
};

/**
 * What the acting account may do to the parts: everything for an operator where the lab is on, otherwise nothing.
 * Nobody may do anything while an experiment runs. `run` does any other act in the same way, and `problem` says why the
 * last one was not done.
 */
export function useAct(adapt = (order: ToBreak) => order) {
  const { state } = useLab();
  const { acting } = useActing();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  const run = async (act: (handle: string) => Promise<unknown>) => {
    if (!acting) return;
    setBusy(true);
    setProblem('');
    await act(acting.handle).catch((error: unknown) => setProblem(problemText(error)));
    setBusy(false);
  };
  const act: Act | undefined =
    state && acting?.operator
      ? {
          busy: busy || state.run?.endedAt === null,
          cause: (order) => void run((handle) => causeFault(adapt(order), handle)),
          restore: (id) => void run((handle) => healFault(id, handle)),
        }
      : undefined;
  return { act, run, problem };
}
