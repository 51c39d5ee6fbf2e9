'use client';

import type { ConsoleInternals } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { useHealth } from '#app/browser/live/health.tsx';
import { useLiveWord } from '#app/browser/live/use-live.tsx';
import { ActAsOperator } from '#app/ui/act-as-operator.tsx';
import { duration } from '#app/ui/figures.ts';
import { BackPressure } from './back-pressure.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { FlowCard } from './flow-card.tsx';
import { Jobs } from './jobs.tsx';
import { LittlesLawCard } from './littles-law-card.tsx';
import { PauseDeliveries } from './pause-deliveries.tsx';
import { RestoredNotice } from './restored-notice.tsx';
import { TimelinesCard } from './timelines-card.tsx';
import { type Opening, useConsole } from './use-console.ts';
import { WaitsCard } from './waits-card.tsx';
import { WorkersCard } from './workers-card.tsx';

/** The whole console, from one sample. Old figures are grey, and their age stands above them. */
export function ConsoleBoard({ opening }: { opening: Opening }) {
  const { acting } = useActing();
  const { view, minute, ageMs } = useConsole(acting?.handle, opening);
  if (!view) return <Outline />;
  return (
    <div data-stale={ageMs !== null} className="group space-y-4">
      <Freshness at={view.at} ageMs={ageMs} />
      <ActAsOperator more="An operator also sees what each worker does and what was given up, and can pause deliveries." />
      {view.loss && <RestoredNotice loss={view.loss} now={view.at} />}
      <PauseDeliveries pause={view.pause} now={view.at} />
      <FlowCard view={view} minute={minute} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="grid gap-4">
          <LittlesLawCard view={view} />
          <WaitsCard view={view} />
          <TimelinesCard view={view} />
        </div>
        <div className="grid gap-4">
          <BackPressure view={view} />
          <Jobs view={view} />
        </div>
      </div>
      {view.internals && <Internals {...view.internals} />}
    </div>
  );
}

/** What operators see in addition. */
const Internals = ({ workers, deadLetters, deadTasks }: ConsoleInternals) => (
  <>
    <WorkersCard workers={workers} />
    <DeadLetters groups={deadLetters} tasks={deadTasks} />
  </>
);

/** Takes as much room as the first cards, so that nothing jumps when the first sample comes. */
function Outline() {
  const { status } = useHealth();
  return (
    <div className="space-y-4">
      <p className="text-muted text-sm">
        {status?.postgres === 'away'
          ? 'Postgres is away. The figures come back by themselves as soon as it answers.'
          : 'Waiting for the first sample. It comes about a second after the stream is live.'}
      </p>
      <div className="skeleton h-96" />
      <div className="skeleton h-72" />
    </div>
  );
}

const WHY = {
  live: 'Postgres or the broker does not answer the sampler.',
  paused: 'Live is paused: press p to go on.',
  connecting: 'The stream is being opened again.',
  refused: 'No live stream is free for this page. It tries again by itself.',
  waiting: 'Four other tabs are live. This one refreshes every 5 s.',
} as const;

/** When the figures were sampled; once they are old, how old and why. */
function Freshness({ at, ageMs }: { at: string; ageMs: number | null }) {
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
