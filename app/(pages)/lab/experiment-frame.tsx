'use client';

import { type ReactNode, useId, useState } from 'react';
import type { ExperimentView, LabStateView, RunView } from '#api/contract.ts';
import { startRun } from '#app/browser/lab-acts.ts';
import { secondsBetween } from '#app/browser/live/lab.tsx';
import { verdictInWords } from '#core/lab/verdict-words.ts';
import { useAct } from './use-act.ts';
import { VerdictOf, Why } from './verdict.tsx';
import { usePreloadedWatch, Watch } from './watch.tsx';

type Props = {
  experiment: ExperimentView;
  state: LabStateView;
  now: number;
  /** The seed of the link that led here. */
  seed: string | null;
  broker: string | null;
};

/** One experiment: predict, run, watch, verdict, why. */
export function ExperimentFrame({ experiment, state, now, seed, broker }: Props) {
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
      <Run {...{ experiment, state, now, seed, broker, prediction }} />
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
function Place({ experiment: { place, mustFail } }: Pick<Props, 'experiment'>) {
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

export function Step({ number, title, children }: { number: number; title: string; children: ReactNode }) {
  return (
    <section aria-label={title} className="space-y-3">
      <h4 className="font-medium">
        <span className="text-muted tabular-nums">{number}</span> {title}
      </h4>
      {children}
    </section>
  );
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

type RunProps = Props & { prediction: string | null };

function Run({ experiment, state, now, seed, broker, prediction }: RunProps) {
  const { act, run, problem } = useAct();
  const [asked, setAsked] = useState({ seed: seed ?? '', size: '', broker: broker ?? '' });
  const running = state.run?.endedAt === null ? state.run : null;
  const order = {
    experiment: experiment.id,
    ...(asked.seed !== '' && { seed: Number(asked.seed) }),
    ...(asked.size !== '' && { size: Number(asked.size) }),
    ...(asked.broker !== '' && { broker: asked.broker }),
    ...(prediction !== null && { prediction }),
  };
  return (
    <Step number={2} title="Run">
      <p className="text-muted text-sm">
        {experiment.breaks} It takes about {experiment.takes} s.
      </p>
      {act ? (
        <div className="flex flex-wrap items-end gap-3">
          <NumberField
            label="Seed, or none for any"
            digits={9}
            value={asked.seed}
            change={(value) => setAsked({ ...asked, seed: value })}
          />
          {experiment.size.most > 1 && (
            <NumberField
              label={`How many ${experiment.size.of}, usually ${experiment.size.usual}`}
              digits={String(experiment.size.most).length}
              value={asked.size}
              change={(value) => setAsked({ ...asked, size: value })}
            />
          )}
          {experiment.brokers.length > 1 && (
            <label className="text-sm">
              <span className="block text-muted">Broker</span>
              <select
                value={asked.broker || experiment.brokers[0]}
                onChange={(event) => setAsked({ ...asked, broker: event.target.value })}
                className="min-h-9 rounded-lg border bg-surface px-2"
              >
                {experiment.brokers.map((name) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
          )}
          <button
            type="button"
            className="button button-primary"
            disabled={act.busy}
            onClick={() => run((handle) => startRun(order, handle))}
          >
            Run the experiment
          </button>
        </div>
      ) : (
        <p className="text-sm">An operator may run it. Everybody can watch.</p>
      )}
      {running && (
        <p className="text-sm tabular-nums">
          @{running.by} is running “{running.title}” for {secondsBetween(Date.parse(running.startedAt), now)}{' '}
          s{running.state === 'checking' && ': everything is read back now'}.
        </p>
      )}
      {problem && (
        <p role="alert" className="text-bad text-sm">
          Not started: {problem}
        </p>
      )}
    </Step>
  );
}

type NumberFieldProps = { label: string; digits: number; value: string; change(value: string): void };

const NumberField = ({ label, digits, value, change }: NumberFieldProps) => (
  <label className="text-sm">
    <span className="block text-muted">{label}</span>
    <input
      inputMode="numeric"
      pattern="[0-9]*"
      maxLength={digits}
      value={value}
      onChange={(event) => change(event.target.value.replace(/\D/g, ''))}
      className="min-h-9 w-32 rounded-lg border bg-surface px-3 tabular-nums"
    />
  </label>
);
