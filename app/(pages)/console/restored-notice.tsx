import type { LossView } from '#api/contract.ts';

const SHOWN = 24 * 60 * 60 * 1_000; // ms

/** Says for a day that Postgres was restored, and which tweets are gone. `now` is the time of the sample. */
export function RestoredNotice({ loss, now }: { loss: LossView; now: string }) {
  if (Date.parse(now) - Date.parse(loss.at) > SHOWN) return null;
  return (
    <p role="status" className="card border-warn bg-warn-soft px-4 py-3 text-sm tabular-nums sm:px-5">
      <strong className="font-semibold">Postgres was restored</strong>, which was seen at{' '}
      <time dateTime={loss.at}>{loss.at.slice(11, 19)} UTC</time>. {gone(loss)} All home timelines are rebuilt
      as people read them.
    </p>
  );
}

function gone({ after, to }: LossView): string {
  if (to === after) return 'No tweet that the timeline store knows of is missing.';
  return `Tweets with the numbers ${after + 1} to ${to} are not there any more, nor is what else was done meanwhile.`;
}
