import { Cron } from 'croner';
import { DAY, SECOND } from '#core/durations.ts';

/** When a schedule runs: by a cron expression in a time zone, or every so many milliseconds. */
export type Timing = { cron: string | null; everyMs: number | null; timeZone: string };

/** The shortest interval: the due loop looks five times a second. */
const SHORTEST = SECOND;
const LONGEST = 366 * DAY;

/** A timing that never comes, or that cannot be read. `field` says which part of it is wrong. */
export class NoSuchTiming extends Error {
  override name = 'NoSuchTiming';
  constructor(
    readonly field: 'cron' | 'everyMs' | 'timeZone',
    message: string,
  ) {
    super(message);
  }
}

/** Throws {@link NoSuchTiming} for an unknown zone, an impossible expression, and unless exactly one of both is given. */
export function checkTiming({ cron, everyMs, timeZone }: Timing): void {
  if ((cron === null) === (everyMs === null))
    throw new NoSuchTiming('cron', 'Expected either a cron expression or everyMs');
  if (!isZone(timeZone))
    throw new NoSuchTiming('timeZone', `Expected a time zone such as Europe/Berlin, got ${timeZone}`);
  if (cron !== null) firstRun(cron, timeZone, new Date());
  if (everyMs !== null && !(Number.isInteger(everyMs) && everyMs >= SHORTEST && everyMs <= LONGEST))
    throw new NoSuchTiming('everyMs', `Expected ${SHORTEST} to ${LONGEST} ms, got ${everyMs}`);
}

/**
 * The first tick after `now`. Ticks that were missed since `last` are not made up for: after a downtime a schedule runs
 * once. When clocks change, a time that does not exist runs right after the change, a time that comes twice runs the first
 * time, and what runs every so many minutes goes on doing so. Intervals keep their phase.
 */
export function nextTick(timing: Timing, last: Date, now: Date): Date {
  if (timing.cron !== null) return firstRun(timing.cron, timing.timeZone, now);
  const every = timing.everyMs ?? SHORTEST;
  const missed = Math.max(0, Math.floor((now.getTime() - last.getTime()) / every));
  return new Date(last.getTime() + (missed + 1) * every);
}

function firstRun(expression: string, timezone: string, after: Date): Date {
  const next = parse(expression, timezone).nextRun(after);
  if (next) return next;
  throw new NoSuchTiming(
    'cron',
    `Expected a time that comes, got ${JSON.stringify(expression)}, which never does`,
  );
}

/** Croner starts no timer when it gets no function to call. */
function parse(expression: string, timezone: string): Cron {
  try {
    return new Cron(expression, { timezone });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new NoSuchTiming(
      'cron',
      `Expected five or six fields such as */5 * * * *, got ${JSON.stringify(expression)}. ${reason}`,
    );
  }
}

function isZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
