/** One moment of the console's charts; `at` in milliseconds since 1970 by Postgres' clock. */
export type Moment = {
  at: number;
  backlog: number;
  taken: number;
  limit: number;
  arrivals: number | null;
  completions: number | null;
};

/** What the charts show, the oldest moment first. */
export type Minute = readonly Moment[];

export const MINUTE_MS = 60_000;

/**
 * The minute with one moment more, and without what has left it. One that is not newer than the last by `apartMs` is left out:
 * so the number of moments is bounded, however often somebody samples.
 */
export function remember(minute: Minute, moment: Moment, apartMs = 0): Minute {
  const last = minute.at(-1);
  if (last && moment.at <= last.at + apartMs) return minute;
  return [...minute.filter(({ at }) => moment.at - at <= MINUTE_MS), moment];
}
