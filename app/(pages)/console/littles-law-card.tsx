import type { ConsoleView } from '#api/contract.ts';
import { count, duration } from '#app/ui/figures.ts';
import { Card } from './figure.tsx';
import { perSecond, share, windowOf } from './words.ts';

/** L beside λ·W with their difference, or why Little's law says nothing now. */
export function LittlesLawCard({ view }: { view: ConsoleView }) {
  const { arrivals, waits, pause } = view;
  const law = pause.paused ? null : view.littlesLaw;
  return (
    <Card id="law" title="Little’s law" note={`L = λ·W, ${windowOf(view)}`}>
      <div className="min-h-32 tabular-nums">
        {law?.state === 'steady' && waits.meanS !== null ? (
          <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm group-data-[stale=true]:text-muted">
            <dt className="text-muted">L measured</dt>
            <dd className="font-semibold">{count(law.measured)} deliveries, the backlog’s mean over time</dd>
            <dt className="text-muted">λ·W</dt>
            <dd className="font-semibold">
              {count(law.predicted)} = {perSecond(arrivals)} × {duration(waits.meanS * 1_000)}
            </dd>
            <dt className="text-muted">difference</dt>
            <dd className="font-semibold">{share(law.difference)} of L</dd>
          </dl>
        ) : null}
        <p className={`mt-2 text-sm ${tone(law?.state)}`}>{lawSentence(view)}</p>
        <p role="status" className="sr-only">
          {law?.state === 'growing' || law?.state === 'stalled' ? `Backlog ${law.state}` : ''}
        </p>
      </div>
      <p className="text-muted text-xs">
        W is the mean time from acceptance to the ledger’s row, over the deliveries that were done in the
        window. L is sampled ten times a second: a backlog that is mostly empty is measured roughly.
      </p>
    </Card>
  );
}

function tone(state: string | undefined): string {
  return state === 'growing' || state === 'stalled' ? 'font-medium text-bad' : 'text-muted';
}

/** What Little's law says of the window, in one sentence. A pause is no fault. */
export function lawSentence({ littlesLaw: law, pause }: Pick<ConsoleView, 'littlesLaw' | 'pause'>): string {
  if (pause.paused) return 'paused: nothing goes out until somebody resumes deliveries.';
  switch (law?.state) {
    case undefined:
      return 'Two samples are needed first.';
    case 'idle':
      return 'Nothing came and nothing was done. Post a tweet and look here again.';
    case 'stalled':
      return 'Stands still: deliveries wait and none is done. Are workers running?';
    case 'growing':
      return `not stable: grows ${perSecond(law.perSecond)}, ${whenFull(law.fullInS)}`;
    case 'settling':
      return `not steady: ${perSecond(Math.abs(law.perSecond))} ${law.perSecond < 0 ? 'fewer' : 'more'} came in than went out. The law needs a window in which as much goes out as comes in.`;
    case 'steady':
      return 'stable: what comes in goes out.';
  }
}

function whenFull(seconds: number): string {
  return seconds === 0
    ? 'and is full'
    : `full in ${duration(Math.round(seconds) * 1_000).replace('.0 s', ' s')}`;
}
