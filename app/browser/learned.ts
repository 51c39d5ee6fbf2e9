'use client';

import { useCallback, useMemo, useSyncExternalStore } from 'react';
import * as z from 'zod/mini';
import { store, watch } from './stored.ts';

const NAME = 'learned';
const MOST_RUNS = 20; // as many as the lab keeps

const learned = z.object({
  /** What was caused in this browser, such as `verdict of worker-killed`. */
  effects: z.array(z.string()),
  /** Runs of experiments that were begun in this browser, the newest first. */
  runs: z.array(z.string()),
});
export type Learned = z.infer<typeof learned>;

const NOTHING: Learned = { effects: [], runs: [] };

/** Names a run for good. Its number is not enough, because numbers begin anew with every start of the system. */
export const runKey = ({ id, startedAt }: { id: number; startedAt: string }): string => `${id} ${startedAt}`;

/** Reads what is stored. A person or another version may have written anything else: that counts as nothing. */
export function parseLearned(text: string | null): Learned {
  try {
    const found = learned.safeParse(JSON.parse(text ?? 'null'));
    return found.success ? found.data : NOTHING;
  } catch {
    return NOTHING;
  }
}

/** Stores that something was caused. Changes nothing when it was stored before. */
export const noteEffect = (effect: string): void =>
  change((known) =>
    known.effects.includes(effect) ? known : { ...known, effects: [...known.effects, effect] },
  );

/** Stores that a run was begun here, so that its verdict counts as caused by this reader. */
export const noteRun = (run: { id: number; startedAt: string }): void =>
  change(({ effects, runs }) => ({ effects, runs: [runKey(run), ...runs].slice(0, MOST_RUNS) }));

/** What was caused in this browser, the same in all its tabs; nothing while the server renders. */
export function useLearned(): Learned & { forget(): void } {
  const text = useSyncExternalStore(
    watch,
    () => localStorage.getItem(NAME),
    () => null,
  );
  const known = useMemo(() => parseLearned(text), [text]);
  const forget = useCallback(() => change(({ runs }) => ({ effects: [], runs })), []);
  return { ...known, forget };
}

function change(step: (known: Learned) => Learned): void {
  const known = parseLearned(localStorage.getItem(NAME));
  const next = step(known);
  if (next === known) return;
  store(NAME, JSON.stringify(next));
}
