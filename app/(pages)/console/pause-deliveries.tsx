'use client';

import { PauseIcon, PlayIcon } from '@radix-ui/react-icons';
import { useState } from 'react';
import type { PauseView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { setPaused } from '#app/browser/api.ts';
import { pausedFor } from './words.ts';

/** Whether deliveries are paused; an operator pauses and resumes them. `now` is the time of the sample. */
export function PauseDeliveries({ pause, now }: { pause: PauseView; now: string }) {
  const { acting } = useActing();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const toggle = async (handle: string) => {
    setBusy(true);
    await setPaused(!pause.paused, handle).then(
      () => setProblem(''),
      (error: Error) => setProblem(`Not changed: ${error.message}`),
    );
    setBusy(false);
  };
  const Icon = pause.paused ? PlayIcon : PauseIcon;
  return (
    <div className={`card flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 sm:px-5 ${tone(pause)}`}>
      <p className="min-w-0 flex-1 basis-72 text-sm tabular-nums">
        {pause.paused ? (
          <>
            <strong className="font-semibold">Deliveries are paused</strong> for {pausedFor(pause, now)}.
            Tweets are accepted and kept until the backlog is full, and no worker takes one. Tasks go on: a
            scheduled tweet is posted at its time and waits like the others.
          </>
        ) : (
          'Workers take deliveries as they come.'
        )}
      </p>
      {acting?.operator && (
        <button type="button" className="button" disabled={busy} onClick={() => toggle(acting.handle)}>
          <Icon aria-hidden className="size-4" /> {pause.paused ? 'Resume deliveries' : 'Pause deliveries'}
        </button>
      )}
      <p role="status" className={problem ? 'w-full text-bad text-sm' : 'sr-only'}>
        {problem || (pause.paused ? 'Deliveries are paused' : '')}
      </p>
    </div>
  );
}

const tone = ({ paused }: PauseView) => (paused ? 'border-warn bg-warn-soft' : '');
