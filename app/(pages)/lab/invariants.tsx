'use client';

import { useState } from 'react';
import * as z from 'zod/mini';
import type { InvariantsView } from '#api/contract.ts';
import { checked } from '#app/browser/live/live-event.ts';
import { useAge } from '#app/browser/live/use-age.ts';
import { useLive } from '#app/browser/live/use-live.tsx';
import { object } from '#app/browser/shapes.ts';
import { count, counted, duration } from '#app/ui/figures.ts';

const STALE_MS = 5_000; // two looks a second come; one takes longer while a store is away

const number = z.number();
const shape = object<InvariantsView>({
  ...{ missing: number, twice: number, holes: number, waiting: number },
  ...{ tweets: number, timelines: number, readers: number, at: z.string() },
});

/** What must always hold, as it is measured now. Old figures are grey, with their age. */
export function Invariants() {
  const [heard, setHeard] = useState<{ view: InvariantsView; at: number } | null>(null);
  useLive(['invariants'], {
    invariants: checked(shape, (view) => setHeard({ view, at: performance.now() })),
  });
  const ageMs = useAge(heard?.at, STALE_MS);
  return (
    <section aria-labelledby="invariants" className="card p-4 sm:p-5">
      <h2 id="invariants" className="sr-only">
        What must always hold
      </h2>
      <dl
        data-stale={ageMs !== null}
        className="grid grid-cols-2 gap-3 data-[stale=true]:text-muted sm:grid-cols-4"
      >
        <InvariantFigure name="missing" value={heard?.view.missing} mustBeZero />
        <InvariantFigure name="twice" value={heard?.view.twice} mustBeZero />
        <InvariantFigure name="holes" value={heard?.view.holes} mustBeZero />
        <InvariantFigure name="waiting" value={heard?.view.waiting} />
      </dl>
      <p className="mt-3 min-h-10 text-muted text-sm tabular-nums">
        {heard ? <Looked view={heard.view} ageMs={ageMs} /> : 'Waiting for the first look.'}
      </p>
    </section>
  );
}

/** One count. Where it must be zero and is not, it says that this is broken. */
export function InvariantFigure({
  name,
  value,
  mustBeZero,
}: {
  name: string;
  value: number | undefined;
  mustBeZero?: boolean;
}) {
  const isBroken = mustBeZero && value !== undefined && value > 0;
  return (
    <div>
      <dt className="text-muted text-sm">{name}</dt>
      <dd className={`font-semibold text-2xl tabular-nums ${isBroken ? 'text-bad' : ''}`}>
        {value === undefined ? '–' : count(value)}
        {isBroken && <span className="ml-2 text-base">broken</span>}
      </dd>
    </div>
  );
}

function Looked({ view, ageMs }: { view: InvariantsView; ageMs: number | null }) {
  if (ageMs !== null)
    return (
      <span className="font-medium text-warn">
        These figures are {duration(Math.floor(ageMs / 1_000) * 1_000)} old: a store that they are read from
        does not answer.
      </span>
    );
  if (view.tweets === 0)
    return 'No tweet to at most 50,000 followers was delivered within the last ten minutes. Post one, or run an experiment, and it is read back here.';
  return `Read back again and again: ${counted(view.tweets, 'tweet')} of the last ten minutes from ${counted(view.timelines, 'timeline')}, and ${counted(view.readers, 'home page')} as their owners see them. Waiting are deliveries promised and not yet done.`;
}
