'use client';

import { lazy, Suspense, useEffect } from 'react';
import { useLab } from '#app/browser/live/lab.tsx';
import type { BannerProps } from './lab-banner-lines.tsx';

const loadLines = () => import('./lab-banner-lines.tsx');

/** Loaded after the page, which works without it: most of the time nothing is broken. */
const Lines = lazy(() =>
  loadLines().then(
    ({ BannerLines }) => ({ default: BannerLines }),
    () => ({ default: PlainLines }),
  ),
);

/** What is broken on purpose, on every page. */
export function LabBanner() {
  const { state, now } = useLab();
  const faults = state?.faults ?? [];
  const run = state?.run?.endedAt === null ? state.run : null;
  // Loaded before anything is broken: later the web process itself may be broken and not answer.
  useEffect(() => void loadLines().catch(() => {}), []);
  return (
    <>
      <p role="status" className="sr-only">
        {faults.length > 0 && `Broken on purpose: ${textOf(faults)}`}
      </p>
      {(faults.length > 0 || run) && (
        <section
          aria-label="Broken on purpose"
          className="space-y-1 border-b bg-warn-soft px-4 py-2 text-sm text-warn tabular-nums md:px-6"
        >
          <Suspense fallback={<PlainLines faults={faults} />}>
            <Lines faults={faults} run={run} now={now} />
          </Suspense>
        </section>
      )}
    </>
  );
}

const textOf = (faults: BannerProps['faults']) => faults.map(({ text }) => text).join(', ');

function PlainLines({ faults }: Pick<BannerProps, 'faults'>) {
  return <p>Broken on purpose: {textOf(faults)}</p>;
}
