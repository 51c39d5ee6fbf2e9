'use client';

import { useState } from 'react';
import type { RunView } from '#api/contract.ts';
import { useActing } from '#app/browser/acting.tsx';
import { problemText } from '#app/browser/http.ts';
import { startRun } from '#app/browser/lab-acts.ts';
import { useLab } from '#app/browser/live/lab.tsx';
import { count, counted } from '#app/ui/figures.ts';
import type { Step } from './journey.ts';

type Props = { step: Step; broker: string; title: string };

/** Crashes this step of this broker on a stage of its own, and shows the new count beside the recorded one. */
export function CrashForReal({ step, broker, title }: Props) {
  const { state } = useLab();
  const { acting } = useActing();
  const [asked, setAsked] = useState({ busy: false, problem: '' });
  if (!state) return null;
  const experiment = `crash-${step.replace(' ', '-')}`;
  const isOurs = state.run?.experiment === experiment && state.run.broker === broker;
  const crash = async (handle: string) => {
    setAsked({ busy: true, problem: '' });
    const problem = await startRun({ experiment, broker }, handle).then(
      () => '',
      (error: unknown) => problemText(error),
    );
    setAsked({ busy: false, problem });
  };
  return (
    <div className="mt-2 space-y-2 text-sm">
      {acting?.operator && (
        <button
          type="button"
          className="button"
          disabled={asked.busy || state.run?.endedAt === null}
          onClick={() => crash(acting.handle)}
        >
          Crash it now
          <span className="sr-only">
            {' '}
            at {step}, on {title}
          </span>
        </button>
      )}
      {asked.problem && (
        <p role="alert" className="text-bad">
          Not started: {asked.problem}
        </p>
      )}
      <div role="status">{isOurs && state.run && <Ran run={state.run} />}</div>
    </div>
  );
}

function Ran({ run }: { run: RunView }) {
  const { verdict, reason } = run;
  if (!verdict)
    return <p className="text-muted">{reason ? `Broken off: ${reason}` : run.moments.at(-1)?.text}</p>;
  return (
    <div className="space-y-1 rounded-lg bg-accent-soft p-3 tabular-nums">
      <p className="font-medium">
        Counted now: {count(verdict.missing)} missing, {count(verdict.twice)} twice in{' '}
        {counted(verdict.timelines, 'timeline')}.
      </p>
      <ul>
        {verdict.measured.map(({ name, value }) => (
          <li key={name}>
            {name}: {value}
          </li>
        ))}
      </ul>
      <a className="link" href={`/lab?experiment=${run.experiment}&broker=${run.broker}#experiments`}>
        The whole run in the lab
      </a>
    </div>
  );
}
