'use client';

import type { RunView } from '#api/contract.ts';
import { useAct } from '#app/(pages)/lab/use-act.ts';
import { startRun } from '#app/browser/lab-acts.ts';
import { useLab } from '#app/browser/live/lab.tsx';
import { count, counted } from '#app/ui/figures.ts';
import type { Step } from './journey.ts';

type Props = { step: Step; broker: string; title: string };

/** Crashes this step of this broker on a stage of its own, and shows the new count beside the recorded one. */
export function CrashForReal({ step, broker, title }: Props) {
  const { state } = useLab();
  const { act, run, problem } = useAct();
  if (!state) return null;
  const experiment = `crash-${step.replace(' ', '-')}`;
  const isOurs = state.run?.experiment === experiment && state.run.broker === broker;
  return (
    <div className="mt-2 space-y-2 text-sm">
      {act && (
        <button
          type="button"
          className="button"
          disabled={act.busy}
          onClick={() => run((handle) => startRun({ experiment, broker }, handle))}
        >
          Crash it now
          <span className="sr-only">
            {' '}
            at {step}, on {title}
          </span>
        </button>
      )}
      {problem && (
        <p role="alert" className="text-bad">
          Not started: {problem}
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
