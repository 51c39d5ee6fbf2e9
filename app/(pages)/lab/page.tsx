import type { Metadata } from 'next';
import { Suspense } from 'react';
import { listExperiments } from '#app/experiments.ts';
import { NoteVerdict } from '#app/ui/note-verdict.tsx';
import { web } from '#app/web.ts';
import { Experiments } from './experiments.tsx';
import { LabBoard } from './lab-board.tsx';
import { LabOff, NotListed } from './lab-off.tsx';

export const metadata: Metadata = { title: 'Lab' };

type Props = { searchParams: Promise<Record<string, string | string[] | undefined>> };

/** `/lab`: break this system, and see that it keeps its promises. */
export default async function LabPage({ searchParams }: Props) {
  const { state } = web().lab;
  const { experiment, seed, broker, ...others } = await searchParams;
  return (
    <div className="mx-auto w-full max-w-5xl space-y-8 px-4 py-6">
      <header>
        <h1 className="font-semibold text-2xl tracking-tight">Lab</h1>
        <p className="mt-1 max-w-2xl text-muted">
          Break this very system: real processes, real signals. Whatever you break heals by itself, and no
          tweet may be lost or arrive twice meanwhile.
        </p>
      </header>
      {state ? (
        <>
          <NoteVerdict />
          <LabBoard />
          <Suspense fallback={<div className="skeleton h-96" />}>
            <LoadedExperiments
              chosen={one(experiment)}
              seed={one(seed)}
              broker={one(broker)}
              dials={wholeNumbers(others)}
            />
          </Suspense>
        </>
      ) : (
        <LabOff />
      )}
    </div>
  );
}

const one = (value: string | string[] | undefined): string | null =>
  typeof value === 'string' ? value : null;

/** The parameters that may set dials. */
const wholeNumbers = (others: Record<string, string | string[] | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(others).flatMap(([name, value]) =>
      typeof value === 'string' && /^\d{1,9}$/.test(value) ? [[name, value]] : [],
    ),
  );

type Loaded = Omit<Parameters<typeof Experiments>[0], 'experiments'>;

async function LoadedExperiments(props: Loaded) {
  const experiments = await listExperiments();
  if (experiments) return <Experiments {...props} experiments={experiments} />;
  return <NotListed />;
}
