import type { StatusView } from '#api/contract.ts';
import { duration } from '#app/ui/figures.ts';

const PARTS = ['web', 'workers', 'queue', 'timelines', 'Postgres'] as const;

export type PartName = (typeof PARTS)[number];

/** One part of the status strip, in words. */
export type Part = { name: PartName; word: string; ok: boolean };

/** When each part that is away was first seen so, by the server's clock in ms. */
export type AwaySince = Partial<Record<PartName, number>>;

const MISSING: Record<PartName, string> = {
  web: 'The web server has not been heard',
  workers: 'No worker has been running',
  queue: 'The queue has been away',
  timelines: 'The timeline store has been away',
  Postgres: 'Postgres has been away',
};

const STILL_WORKS: Record<PartName, string> = {
  web: 'What you see stays, and tweets wait in this browser until it is back.',
  workers: 'Tweets are accepted and kept; they are delivered when a worker runs again.',
  queue: 'Tweets are accepted and kept in Postgres; they are delivered when it is back.',
  timelines: 'Reading works from Postgres; deliveries wait until it is back.',
  Postgres: 'Nothing can be accepted now; tweets wait in this browser and are sent when it is back.',
};

/** The parts as the last sample has them. */
export function partsOf(status: StatusView): Part[] {
  const { workers } = status;
  return [
    { name: 'web', word: 'ok', ok: true },
    { name: 'workers', word: workersWord(status), ok: workers !== 0 },
    { name: 'queue', word: status.queue, ok: status.queue === 'ok' },
    { name: 'timelines', word: status.timelines, ok: status.timelines === 'ok' },
    { name: 'Postgres', word: status.postgres, ok: status.postgres === 'ok' },
  ];
}

function workersWord({ workers, pause }: StatusView): string {
  const many = workers === null ? 'unknown' : String(workers);
  return pause?.paused ? `${many}, deliveries paused` : many;
}

/** That deliveries are paused, for how long, and what still works; null when they are not. */
export function explainPause({ pause, at }: StatusView): string | null {
  if (!pause?.paused) return null;
  const forMs = Date.parse(at) - Date.parse(pause.since);
  return `Deliveries have been paused for ${wholeSeconds(forMs)}. Tweets are accepted and kept; they are delivered once somebody resumes deliveries on the console.`;
}

/** Keeps since when each part has been away; forgets those that are back. */
export function trackAway(since: AwaySince, status: StatusView): AwaySince {
  const at = Date.parse(status.at);
  const away = partsOf(status).filter((part) => !part.ok);
  return Object.fromEntries(away.map(({ name }) => [name, since[name] ?? at]));
}

/** What is away, for how long, and what still works: one sentence each, none when all is well. */
export function explainAway(since: AwaySince, now: number): string[] {
  return PARTS.flatMap((name) => {
    const at = since[name];
    return at === undefined ? [] : [explain(name, now - at)];
  });
}

/** One part that is away, and what still works without it. */
export function explain(name: PartName, forMs: number): string {
  return `${MISSING[name]} for ${wholeSeconds(forMs)}. ${STILL_WORKS[name]}`;
}

function wholeSeconds(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}

/** `0.1 s`; below what can be told apart, `under 0.1 s`. */
export function behind(ms: number): string {
  return ms < 100 ? 'under 0.1 s' : `${(ms / 1_000).toFixed(1)} s`;
}
