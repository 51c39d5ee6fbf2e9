'use client';

import { useState } from 'react';
import type { ConsoleView } from '#api/contract.ts';
import { checked } from '#app/browser/live/live-event.ts';
import { useAge } from '#app/browser/live/use-age.ts';
import { useLive } from '#app/browser/live/use-live.tsx';
import { type Minute, type Moment, remember } from '#core/console/minute.ts';
import { consoleView } from './console-shape.ts';

/** What the server had when the page was asked for; null when it had no fresh sample. */
export type Opening = { view: ConsoleView; minute: Minute } | null;

type Heard = { view: ConsoleView | null; minute: Minute; heardAt: number };

/** Ten samples a second come; a figure is old when twenty are missing. */
const STALE_MS = 2_000;

/**
 * The last sample as this account may see it, the last minute, and the age of the sample, which is null while it is
 * fresh. It begins with what the server had.
 */
export function useConsole(
  account: string | undefined,
  opening: Opening,
): { view: ConsoleView | null; minute: Minute; ageMs: number | null } {
  const [heard, setHeard] = useState<Heard>(() => ({
    ...{ view: opening?.view ?? null, minute: opening?.minute ?? [] },
    heardAt: opening ? performance.now() : 0,
  }));
  useLive([account === undefined ? 'console' : `console:${account}`], {
    console: checked(consoleView, (view) =>
      setHeard(({ minute }) => ({
        ...{ view, minute: remember(minute, momentOf(view)) },
        heardAt: performance.now(),
      })),
    ),
  });
  return { view: heard.view, minute: heard.minute, ageMs: useAge(heard.heardAt, STALE_MS) };
}

const momentOf = ({ at, backlog, taken, limit, arrivals, completions }: ConsoleView): Moment => ({
  at: Date.parse(at),
  ...{ backlog, taken, limit, arrivals, completions },
});
