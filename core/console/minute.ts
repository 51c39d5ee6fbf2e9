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

/** The minute with one moment more, and without what has left it. One that is not newer than the last is left out. */
export function remember(minute: Minute, moment: Moment): Minute {
  const last = minute.at(-1);
  if (last && moment.at <= last.at) return minute;
  return [...minute.filter(({ at }) => moment.at - at <= MINUTE_MS), moment];
}
