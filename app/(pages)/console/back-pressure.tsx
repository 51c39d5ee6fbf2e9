import type { ConsoleView } from '#api/contract.ts';
import { count, counted } from '#app/ui/figures.ts';
import { FAN_OUT_COST } from '#core/admission/fan-out-cost.ts';
import { Card, Figure } from './figure.tsx';
import { Gauge } from './gauge.tsx';
import { perSecond, share, UNKNOWN } from './words.ts';

/** How full the system is, and how posts were answered. */
export function BackPressure({ view }: { view: ConsoleView }) {
  const { backlog, fanOuts, taken, limit, posts } = view;
  return (
    <Card id="back-pressure" title="Back pressure">
      <p className="mb-1 text-sm tabular-nums group-data-[stale=true]:text-muted">
        <strong className="font-semibold">{share(taken / limit)}</strong> of the limit of {count(limit)}{' '}
        deliveries
      </p>
      <Gauge share={taken / limit} isBad={taken > limit * 0.9} />
      <p className="mt-1 text-muted text-xs tabular-nums">
        Taken are {count(taken)}: {counted(backlog, 'delivery', 'deliveries')}, and {count(FAN_OUT_COST)} for
        each of {counted(fanOuts, 'tweet')} on the way. {origin(view)}
      </p>
      <h3 className="mt-4 mb-2 text-sm">
        Answers <span className="text-muted">of this web process since it started</span>
      </h3>
      <dl className="grid grid-cols-2 gap-x-4 gap-y-3">
        <Figure name="Admitted (202)" value={count(posts.admitted)} note="tweets" />
        <Figure name="Refused: full (503)" value={count(posts.refused)} note="answers" />
        <Figure name="Retried" value={count(posts.retried)} note="times that a refused tweet came back" />
        <Figure
          name="Refused, then admitted"
          value={count(posts.admittedAfterRefusal)}
          note={`tweets, ${count(posts.admittedAtFirstRetry)} at the first retry`}
        />
        <Figure name="Too fast (429)" value={count(posts.tooFast)} note="answers" />
        <Figure
          name="Retry-After given last"
          value={posts.lastRetryAfterS === null ? UNKNOWN : `${posts.lastRetryAfterS} s`}
          note={posts.lastRetryAfterS === null ? 'none was given' : 'with a 503'}
        />
      </dl>
    </Card>
  );
}

function origin({ limits, sureRate }: ConsoleView): string {
  if (limits.maxBacklog !== null) return 'Set by MAX_BACKLOG.';
  const rate =
    sureRate === null
      ? 'a careful guess of the service rate'
      : `${perSecond(sureRate)}, the service rate less its variation,`;
  return `${rate} × ${limits.maxWaitS} s, the longest that an admitted delivery may wait (MAX_WAIT_S).`;
}
