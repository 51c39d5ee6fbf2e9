'use client';

import { useHealth } from '#app/shell/status-strip.tsx';
import { BackPressure } from './back-pressure.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { FlowCard } from './flow-card.tsx';
import { Freshness } from './freshness.tsx';
import { Jobs } from './jobs.tsx';
import { Lanes } from './lanes.tsx';
import { LittlesLawCard } from './littles-law-card.tsx';
import { PauseDeliveries } from './pause-deliveries.tsx';
import { useConsole } from './use-console.ts';
import { WaitsCard } from './waits-card.tsx';

/** Everything on the console, of one sample. Figures that are not fresh are grey, and their age stands above them. */
export function ConsoleBoard() {
  const { view, history, ageMs } = useConsole();
  if (!view) return <Outline />;
  return (
    <div data-stale={ageMs !== null} className="group space-y-4">
      <Freshness at={view.at} ageMs={ageMs} />
      <PauseDeliveries pause={view.pause} now={view.at} />
      <FlowCard view={view} history={history} />
      <div className="grid items-start gap-4 lg:grid-cols-2">
        <div className="grid gap-4">
          <LittlesLawCard view={view} />
          <WaitsCard view={view} />
        </div>
        <div className="grid gap-4">
          <BackPressure view={view} />
          <Jobs view={view} />
        </div>
      </div>
      <Lanes workers={view.workers} />
      <DeadLetters groups={view.deadLetters} tasks={view.deadTasks} />
    </div>
  );
}

/** As high as the first cards, so that nothing jumps when the first sample comes. */
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
