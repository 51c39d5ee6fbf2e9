'use client';

import { useId, useState } from 'react';
import type { ExperimentView, LabStateView, RunView } from '#api/contract.ts';
import { verdictInWords } from '#core/lab/verdict-words.ts';
import { RunStep } from './run-step.tsx';
import { Step } from './step.tsx';
import { VerdictOf, Why } from './verdict.tsx';
import { usePreloadedWatch, Watch } from './watch.tsx';

export type FrameProps = {
  experiment: ExperimentView;
  state: LabStateView;
  now: number;
  /** The seed of the link that led here. */
  seed: string | null;
  broker: string | null;
  /** What the link sets dials to, by their names. */
  dials?: Record<string, string> | undefined;
};

/** One experiment: predict, run, watch, verdict, why. */
export function ExperimentFrame({ experiment, state, now, seed, broker, dials }: FrameProps) {
  const titleId = useId();
  usePreloadedWatch();
  const [prediction, setPrediction] = useState<string | null>(null);
  const run = state.run?.experiment === experiment.id ? state.run : null;
  const isOver = run !== null && run.endedAt !== null;
  return (
    <article aria-labelledby={titleId} className="card space-y-6 p-4 sm:p-5">
      <header>
        <h3 id={titleId} className="font-semibold text-lg">
          {experiment.title}
        </h3>
        <p className="mt-1 text-muted">{experiment.statement}</p>
        <Place experiment={experiment} />
      </header>
      <Predict experiment={experiment} chosen={prediction} choose={setPrediction} />
      <RunStep {...{ experiment, state, now, seed, broker, dials, prediction }} />
      {run && (
        <Step number={3} title="Watch">
          <Watch run={run} now={now} />
        </Step>
      )}
      {run && isOver && (
        <>
          <Step number={4} title="Verdict">
            <VerdictOf run={run} experiment={experiment} />
          </Step>
          {run.verdict && (
            <Step number={5} title="Why">
              <Why experiment={experiment} />
            </Step>
          )}
        </>
      )}
      <p role="status" className="sr-only">
        {run && statusOf(run, experiment)}
      </p>
    </article>
  );
}

/** Says where the experiment runs, and whether it has to fail. */
function Place({ experiment: { place, mustFail } }: Pick<FrameProps, 'experiment'>) {
  if (place === 'here') return null;
  return (
    <p className="mt-2 text-sm">
      It runs on a stage of its own, with servers and workers of its own beside this system, and is thrown
      away afterwards.
      {mustFail && (
        <strong className="font-medium">
          {' '}
          It takes a safety net away: the checker must find what that costs.
        </strong>
      )}
    </p>
  );
}

function statusOf({ state, verdict }: RunView, { mustFail }: ExperimentView): string {
  if (state === 'running') return 'The experiment is running';
  if (state === 'checking') return 'The checker reads everything back';
  if (state === 'broken off') return 'The experiment was broken off';
  return `Verdict: ${verdictInWords(verdict?.passed === true, mustFail)}`;
}

type PredictProps = { experiment: ExperimentView; chosen: string | null; choose(id: string): void };

function Predict({ experiment, chosen, choose }: PredictProps) {
  return (
    <Step number={1} title="Predict">
      <fieldset>
        <legend className="mb-2">{experiment.question}</legend>
        <div className="space-y-1">
          {experiment.answers.map(({ id, text }) => (
            <label
              key={id}
              className="flex min-h-9 items-center gap-3 rounded-lg border px-3 py-1.5 text-sm has-checked:border-accent has-checked:bg-accent-soft"
            >
              <input
                type="radio"
                name={`prediction-${experiment.id}`}
                checked={chosen === id}
                onChange={() => choose(id)}
                className="size-4 accent-accent"
              />
              {text}
            </label>
          ))}
        </div>
      </fieldset>
    </Step>
  );
}
