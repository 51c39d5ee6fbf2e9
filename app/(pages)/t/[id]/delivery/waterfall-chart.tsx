import { count, duration } from '#app/ui/figures.ts';
import type { Step, Waterfall } from './waterfall.ts';

/** The steps one under the other on one time axis, each with its milliseconds and what happened there. */
export function WaterfallChart({ waterfall }: { waterfall: Waterfall }) {
  const { steps, since, slack } = waterfall;
  const end = Math.max(1, ...steps.map(({ ms }) => ms ?? 0));
  return (
    <section aria-labelledby="waterfall" className="card p-4 sm:p-5">
      <h2 id="waterfall" className="mb-4 font-semibold">
        Waterfall <span className="font-normal text-muted">ms since {since}</span>
      </h2>
      <ol className="space-y-3">
        {steps.map((step) => (
          <Row key={step.name} step={step} end={end} />
        ))}
      </ol>
      {since === 'key press' && <Clocks slack={slack} />}
    </section>
  );
}

function Row({ step, end }: { step: Step; end: number }) {
  const { name, ms, sentence } = step;
  return (
    <li>
      <div className="grid grid-cols-[1fr_auto] items-center gap-x-3 gap-y-1 text-sm sm:grid-cols-[8rem_1fr_5rem]">
        <span className={ms === null ? 'text-muted' : 'font-medium'}>{name}</span>
        <span className="text-right font-mono tabular-nums sm:order-last">
          {ms === null ? <span className="text-muted">–</span> : `${count(ms)} ms`}
        </span>
        <Bar step={step} end={end} />
      </div>
      <p className="mt-1 text-xs text-muted">{sentence}</p>
    </li>
  );
}

/** A bar from when the step could begin until it had happened. A step that took no visible time is a tick. */
function Bar({ step: { ms, from }, end }: { step: Step; end: number }) {
  const begin = Math.min(from ?? 0, ms ?? 0);
  return (
    <svg
      aria-hidden="true"
      viewBox="0 0 100 6"
      preserveAspectRatio="none"
      className="col-span-2 h-1.5 w-full rounded-full bg-canvas sm:col-span-1"
    >
      {ms !== null && (
        <rect
          className="fill-accent"
          x={Math.min(98.5, (begin / end) * 100)}
          width={Math.max(1.5, ((ms - begin) / end) * 100)}
          height={6}
        />
      )}
    </svg>
  );
}

const Clocks = ({ slack }: { slack: number }) => (
  <p className="mt-4 border-t pt-3 text-xs text-muted">
    Two clocks: the first three rows are this browser’s, the rest the database’s. They are laid together where
    the 202 arrived. The database accepted the tweet up to {duration(slack)} before that, so its rows may
    stand up to {duration(slack)} too late, and never too early.
  </p>
);
