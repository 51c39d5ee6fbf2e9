import type { StatusView } from '#api/contract.ts';
import { duration } from '#app/ui/figures.ts';

const NAMES = ['web', 'workers', 'queue', 'timelines', 'Postgres'] as const;

/** What a tweet needs to be delivered. */
type HealthName = (typeof NAMES)[number];

/** The state of one of them, in words. */
export type HealthItem = { name: HealthName; word: string; ok: boolean };

/** When each of those that are away was first seen so, by the server's clock in ms. */
export type AwaySince = Partial<Record<HealthName, number>>;

const MISSING: Record<HealthName, string> = {
  web: 'The web server has not answered',
  workers: 'No worker has been running',
  queue: 'The queue has been away',
  timelines: 'The timeline store has been away',
  Postgres: 'Postgres has been away',
};

const STILL_WORKS: Record<HealthName, string> = {
  web: 'This page stays as it is. Tweets wait in this browser until the server is back.',
  workers: 'Tweets are accepted and kept. They are delivered when a worker runs again.',
  queue: 'Tweets are accepted and kept in Postgres. They are delivered when the queue is back.',
  timelines: 'Reading works from Postgres. Deliveries wait until the timeline store is back.',
  Postgres: 'No tweet can be accepted now. Tweets wait in this browser and are sent when Postgres is back.',
};

/** The states of all, by the last sample. */
export function healthItems(status: StatusView): HealthItem[] {
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
  const running = workers === null ? 'unknown' : String(workers);
  return pause?.paused ? `${running}, deliveries paused` : running;
}

/** Says that deliveries are paused, for how long, and what still works; null when they are not. */
export function explainPause({ pause, at }: StatusView): string | null {
  if (!pause?.paused) return null;
  const forMs = Date.parse(at) - Date.parse(pause.since);
  return `Deliveries have been paused for ${wholeSeconds(forMs)}. Tweets are accepted and kept. They are delivered once somebody resumes deliveries on the console.`;
}

/** Remembers since when each of them has been away; forgets those that are back. */
export function trackAway(since: AwaySince, status: StatusView): AwaySince {
  const at = Date.parse(status.at);
  const away = healthItems(status).filter((item) => !item.ok);
  return Object.fromEntries(away.map(({ name }) => [name, since[name] ?? at]));
}

/** What is away, for how long, and what still works. There is one text for each, and none when all is well. */
export function explainAway(since: AwaySince, now: number): string[] {
  return NAMES.flatMap((name) => {
    const at = since[name];
    return at === undefined ? [] : [explain(name, now - at)];
  });
}

/** Says that one of them is away, and what still works without it. */
export function explain(name: HealthName, forMs: number): string {
  return `${MISSING[name]} for ${wholeSeconds(forMs)}. ${STILL_WORKS[name]}`;
}

function wholeSeconds(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1_000));
  return seconds < 60 ? `${seconds} s` : duration(seconds * 1_000);
}

/** How far behind the page is: `1.2 s`. A lag that is too small to measure is `under 0.1 s`. */
export function behind(ms: number): string {
  return ms < 100 ? 'under 0.1 s' : `${(ms / 1_000).toFixed(1)} s`;
}
