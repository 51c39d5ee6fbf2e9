'use client';

import { LightningBoltIcon } from '@radix-ui/react-icons';
import { type ReactNode, useId, useState } from 'react';

/** A button that crashes something at this step. What follows is hidden until then. */
export function CrashHere({ step, children }: { step: string; children: ReactNode }) {
  const [crashed, setCrashed] = useState(false);
  const id = useId();
  const label = crashed ? 'Undo the crash' : 'Crash here';
  return (
    <>
      <button
        type="button"
        aria-label={`${label}: ${step}`}
        aria-expanded={crashed}
        aria-controls={id}
        onClick={() => setCrashed(!crashed)}
        className="button mt-3"
      >
        <LightningBoltIcon aria-hidden className="size-4 text-bad" />
        {label}
      </button>
      <div id={id} hidden={!crashed} className="mt-4">
        {children}
      </div>
    </>
  );
}
