'use client';

import Link from 'next/link';
import { useState } from 'react';
import type { FaultView, RunView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { healFault } from '#app/browser/api.ts';
import { problemText } from '#app/browser/http.ts';
import { secondsBetween } from '#app/browser/live/lab.tsx';

const SHOWN = 3;

export type BannerProps = { faults: FaultView[]; run: RunView | null; now: number };

/** For each thing that is broken: since when, by whom, until when, and how to restore it. */
export function BannerLines({ faults, run, now }: BannerProps) {
  return (
    <>
      {run && <RunLine run={run} now={now} />}
      {faults.slice(0, SHOWN).map((fault) => (
        <FaultLine key={fault.id} fault={fault} now={now} canRestore={!run} />
      ))}
      {faults.length > SHOWN && <p>and {faults.length - SHOWN} more, see the lab</p>}
    </>
  );
}

function RunLine({ run, now }: { run: RunView; now: number }) {
  return (
    <p>
      <strong className="font-semibold">The experiment “{run.title}” is running</strong> for{' '}
      {secondsBetween(Date.parse(run.startedAt), now)} s, by @{run.by}.{' '}
      <Link href={`/lab?experiment=${run.experiment}`} className="underline underline-offset-2">
        Watch it
      </Link>
    </p>
  );
}

function FaultLine({ fault, now, canRestore }: { fault: FaultView; now: number; canRestore: boolean }) {
  const { acting } = useActing();
  const [problem, setProblem] = useState('');
  const restore = (handle: string) =>
    healFault(fault.id, handle).then(
      () => setProblem(''),
      (error: unknown) => setProblem(problemText(error)),
    );
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <p className="min-w-0 flex-1 basis-60">
        <strong className="font-semibold">Broken on purpose: {fault.text}</strong> for{' '}
        {secondsBetween(Date.parse(fault.since), now)} s, by @{fault.by}.{' '}
        {fault.progress ?? heals(fault.healsAt, now)}
      </p>
      {canRestore && acting?.operator && (
        <button type="button" className="button min-h-8 py-0.5" onClick={() => restore(acting.handle)}>
          Restore<span className="sr-only">: {fault.text}</span>
        </button>
      )}
      {problem && (
        <p role="alert" className="w-full">
          Not restored: {problem}
        </p>
      )}
    </div>
  );
}

const heals = (healsAt: string | null, now: number): string =>
  healsAt === null ? 'It is over in a moment.' : `It heals in ${secondsBetween(now, Date.parse(healsAt))} s.`;
