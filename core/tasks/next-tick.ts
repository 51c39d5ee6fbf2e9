import { Cron } from 'croner';
import { DAY } from '#core/durations.ts';

/** When a schedule runs: by a cron expression in a time zone, or every so many milliseconds. */
export type Timing = { cron: string | null; everyMs: number | null; timeZone: string };

/** Shortest interval, in ms: the due loop looks five times a second. */
const SHORTEST = 1_000;
const LONGEST = 366 * DAY;

/** A timing that never comes, or cannot be read; `field` says which part of it. */
export class NoSuchTiming extends Error {
  override name = 'NoSuchTiming';
  constructor(
    readonly field: 'cron' | 'everyMs' | 'timeZone',
    message: string,
  ) {
    super(message);
  }
}

/** Throws {@link NoSuchTiming} for a zone that does not exist, an impossible expression, or not exactly one of both. */
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
 * The first tick after `now`, however many were missed since `last`: after a downtime a schedule runs once. Clocks that
 * change are the expression's affair: a time that does not exist runs when the clock has been moved, one that comes
 * twice runs the first time, and what runs every so often goes on doing so. Intervals keep their phase.
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

/** Without a function to call, croner starts no timer. */
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
