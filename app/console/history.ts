import type { ConsoleView } from '#api/contract.ts';

/** One moment of the charts; `at` in milliseconds since 1970 by Postgres' clock. */
export type Moment = {
  at: number;
  backlog: number;
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
  const { backlog, limit, arrivals, completions } = view;
  const at = Date.parse(view.at);
  const last = history.at(-1);
  if (last && at <= last.at) return history;
  const shown = history.filter((moment) => at - moment.at <= SHOWN_MS);
  return [...shown, { at, backlog, limit, arrivals, completions }];
}
