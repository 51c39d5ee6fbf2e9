import { duration } from '#app/delivery/figures.ts';
import { useLiveWord } from '#app/live/use-live.ts';

const WHY = {
  live: 'Postgres or the broker does not answer the sampler.',
  paused: 'Live is paused: press p to go on.',
  connecting: 'The stream is being opened again.',
  refused: 'The web process carries no more streams: tried again within 5 s.',
  waiting: 'Four other tabs are live; this one refreshes every 5 s.',
} as const;

/** When the figures are from, and when they are old, how old and why. One line of fixed height. */
export function Freshness({ at, ageMs }: { at: string; ageMs: number | null }) {
  const word = useLiveWord();
  return (
    <p className="min-h-5 text-muted text-sm tabular-nums">
      {ageMs === null ? (
        <>Sampled ten times a second; last at {at.slice(11, 19)} UTC.</>
      ) : (
        <span className="font-medium text-warn">
          These figures are {duration(Math.floor(ageMs / 1_000) * 1_000)} old. {WHY[word]}
        </span>
      )}
    </p>
  );
}
