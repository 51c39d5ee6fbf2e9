import type { Metadata } from 'next';
import { web } from '#app/web.ts';
import { ConsoleBoard } from './console-board.tsx';

export const metadata: Metadata = { title: 'Console' };

/** `/console`: how full the system is and how fast it works, live. */
export default async function ConsolePage() {
  const opening = await web().console.glance();
  return (
    <div className="mx-auto w-full max-w-5xl space-y-5 px-4 py-6">
      <header>
        <h1 className="font-semibold text-2xl tracking-tight">Console</h1>
        <p className="mt-1 text-muted">
          What was promised, what is done, and how long it takes. Deliveries are entries in home timelines;
          jobs are messages of the broker.
        </p>
      </header>
      <ConsoleBoard opening={opening} />
    </div>
  );
}
