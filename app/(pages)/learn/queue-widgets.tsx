'use client';

import type { ComponentType } from 'react';
import type { ConsoleView } from '#api/contract.ts';
import { BackPressure } from '#app/(pages)/console/back-pressure.tsx';
import { LittlesLawCard } from '#app/(pages)/console/littles-law-card.tsx';
import { useConsole } from '#app/(pages)/console/use-console.ts';

/** How full the system is now. */
export const BackPressureWidget = () => <Figures Card={BackPressure} />;

/** Little's law for the last ten seconds of the system. */
export const LawWidget = () => <Figures Card={LittlesLawCard} />;

/** A card of the console, live as it is there. */
function Figures({ Card }: { Card: ComponentType<{ view: ConsoleView }> }) {
  const { view, ageMs } = useConsole(undefined, null);
  return (
    <div data-stale={ageMs !== null} className="group min-h-48">
      {view ? <Card view={view} /> : <div className="skeleton h-48" />}
    </div>
  );
}
