'use client';

import { useLab } from '#app/browser/live/lab.tsx';

/** Something that was broken on purpose or healed. The time is in ms since 1970. */
export type Mark = { id: number; at: number; text: string };

/** What the lab did within the last `shownMs` before `until`, the newest first. */
export function useLabMarks(until: number, shownMs: number): Mark[] {
  const { state } = useLab();
  return marksIn(state?.log ?? [], { until, shownMs });
}

/** The lines of the log that lie in the window. The charts use Postgres' clock, which is that of the lab's machine. */
export function marksIn(
  log: readonly { id: number; at: string; text: string }[],
  { until, shownMs }: { until: number; shownMs: number },
): Mark[] {
  return log
    .map(({ id, at, text }) => ({ id, at: Date.parse(at), text }))
    .filter(({ at }) => at <= until && at > until - shownMs);
}
