import type { Metadata } from 'next';
import { Suspense } from 'react';
import { LabOff, NotListed } from '#app/(pages)/lab/lab-off.tsx';
import { listExperiments } from '#app/experiments.ts';
import { ActAsOperator } from '#app/ui/act-as-operator.tsx';
import { NoteVerdict } from '#app/ui/note-verdict.tsx';
import { web } from '#app/web.ts';
import { TOUR } from './steps.ts';
import { TourView } from './tour-view.tsx';

export const metadata: Metadata = { title: 'Tour' };

/** `/tour`: four experiments one after another, about five minutes in all. */
export default function TourPage() {
  return (
    <div className="mx-auto w-full max-w-3xl space-y-6 px-4 py-6">
      <header>
        <h1 className="font-semibold text-2xl tracking-tight">Tour</h1>
        <p className="mt-1 max-w-2xl text-muted">
          Four experiments in about five minutes. Say first what will happen, then run it, and read what was
          counted. You can leave at any time and go on later.
        </p>
      </header>
      {web().lab.state === null ? (
        <LabOff />
      ) : (
        <>
          <ActAsOperator more="The tour breaks things, so it is for operators." />
          <NoteVerdict />
          <Suspense fallback={<div className="skeleton h-96" />}>
            <LoadedTour />
          </Suspense>
        </>
      )}
    </div>
  );
}

async function LoadedTour() {
  const known = await listExperiments();
  const steps = TOUR.flatMap((id) => known?.find((each) => each.id === id) ?? []);
  if (steps.length === TOUR.length) return <TourView steps={steps} />;
  return <NotListed />;
}
