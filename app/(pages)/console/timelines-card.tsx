import type { ConsoleView, TimelinesView } from '#api/contract.ts';
import { count } from '#app/ui/figures.ts';
import { Card, Figure } from './figure.tsx';
import { Gauge } from './gauge.tsx';
import { bytes, share, UNKNOWN } from './words.ts';

/** How much of their store the home timelines take, and how many people have none now. */
export function TimelinesCard({ view: { timelines } }: { view: ConsoleView }) {
  return (
    <Card id="timelines-memory" title="Home timelines" note="in the timeline store">
      {timelines ? (
        <Memory {...timelines} />
      ) : (
        <p className="text-muted text-sm">The store does not answer.</p>
      )}
      <dl className="mt-4 grid grid-cols-2 gap-x-4 gap-y-3">
        <Figure name="In the store" value={orUnknown(timelines?.held)} note="timelines, about" />
        <Figure name="Cold" value={orUnknown(timelines?.cold)} note="rebuilt when their owners read" />
        <Figure name="Dropped" value={orUnknown(timelines?.dropped)} note={lastDropped(timelines)} />
      </dl>
    </Card>
  );
}

function Memory({ used, max, dropAbove, refuseAbove, dropping }: TimelinesView) {
  if (max === null || dropAbove === null || refuseAbove === null)
    return <p className="text-sm tabular-nums">{bytes(used)}, and no bound: the store has no maxmemory.</p>;
  return (
    <>
      <p className="mb-1 text-sm tabular-nums group-data-[stale=true]:text-muted">
        <strong className="font-semibold">{share(used / max)}</strong> of {bytes(max)}: {bytes(used)}
        {dropping && <strong className="font-semibold text-warn"> · dropping</strong>}
      </p>
      <Gauge share={used / max} isBad={used > refuseAbove} />
      <p className="mt-1 text-muted text-xs tabular-nums">
        Above {bytes(dropAbove)} those are dropped that are unread for the longest; above {bytes(refuseAbove)}{' '}
        posts are refused.
      </p>
    </>
  );
}

const orUnknown = (figure: number | undefined): string => (figure === undefined ? UNKNOWN : count(figure));

function lastDropped(timelines: TimelinesView | null): string {
  if (!timelines?.droppedAt) return 'unread for the longest; none ever';
  return `ever; last on ${timelines.droppedAt.slice(0, 10)} at ${timelines.droppedAt.slice(11, 16)} UTC`;
}
