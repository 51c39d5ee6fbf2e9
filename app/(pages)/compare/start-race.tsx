'use client';

import { useState } from 'react';
import { useAct } from '#app/(pages)/lab/use-act.ts';
import { startRun, type ToRun } from '#app/browser/lab-acts.ts';
import { secondsBetween, useLab } from '#app/browser/live/lab.tsx';
import { ActAsOperator } from '#app/ui/act-as-operator.tsx';
import { count } from '#app/ui/figures.ts';

const HERE = 'request-or-queue';
const STAGED = 'race-on-a-stage';
const SIZES = [1_000, 10_000, 100_000, 1_000_000]; // followers
/** Null leaves the demo as it is. Any other choice needs a stage. */
const DELAYS = [null, 0, 5, 20, 50]; // ms each way
const WORKERS = [null, 1, 2, 4, 6];

type Wanted = { size: number; postgresMs: number | null; workers: number | null };

/** The race that is wanted: of the demo itself, or of a stage that is dialled in. */
function orderFor({ size, postgresMs, workers }: Wanted): ToRun {
  if (postgresMs === null && workers === null) return { experiment: HERE, size };
  const dials = { postgresMs: postgresMs ?? 0, ...(workers !== null && { workers }) };
  return { experiment: STAGED, size, dials };
}

/** Starts a race, and says who runs one. */
export function StartRace() {
  const { state, now } = useLab();
  const { act, run, problem } = useAct();
  const [wanted, setWanted] = useState<Wanted>({ size: 1_000_000, postgresMs: null, workers: null });
  const order = orderFor(wanted);
  const running = state?.run?.endedAt === null ? state.run : null;
  return (
    <section aria-label="Race" className="space-y-3">
      {act ? (
        <div className="flex flex-wrap items-end gap-3">
          <Choice
            {...{ label: 'Followers, at most', value: wanted.size, options: SIZES, text: count }}
            choose={(size) => setWanted({ ...wanted, size })}
          />
          <Choice
            {...{ label: 'Postgres, each way', value: wanted.postgresMs, options: DELAYS, text: delay }}
            choose={(postgresMs) => setWanted({ ...wanted, postgresMs })}
          />
          <Choice
            {...{ label: 'Workers', value: wanted.workers, options: WORKERS, text: workers }}
            choose={(chosen) => setWanted({ ...wanted, workers: chosen })}
          />
          <button
            type="button"
            className="button button-primary"
            disabled={act.busy}
            onClick={() => run((handle) => startRun(order, handle))}
          >
            Race the tweet
          </button>
        </div>
      ) : (
        <ActAsOperator more="Everybody can watch a race. An operator may start one." />
      )}
      <p className="min-h-5 text-muted text-sm tabular-nums">
        {running
          ? `@${running.by} is running “${running.title}” for ${secondsBetween(Date.parse(running.startedAt), now)} s.`
          : WHAT_IT_TAKES[order.experiment]}
      </p>
      {state?.run?.experiment === order.experiment && state.run.state === 'broken off' && (
        <p role="alert" className="text-sm text-warn">
          The last race was broken off, because {state.run.reason}.
        </p>
      )}
      {problem && (
        <p role="alert" className="text-bad text-sm">
          Not started: {problem}
        </p>
      )}
    </section>
  );
}

const WHAT_IT_TAKES: Record<string, string> = {
  [HERE]: 'It takes about a minute, posts up to 25 tweets, and kills a worker at the end.',
  [STAGED]:
    'It takes about a minute on a stage of its own, beside this system, with at most 100,000 followers.',
};

const delay = (ms: number | null) => (ms === null ? 'as it is' : `${ms} ms away`);
const workers = (number: number | null) => (number === null ? 'as they are' : count(number));

type ChoiceProps<T> = {
  label: string;
  value: T;
  options: T[];
  text(option: T): string;
  choose(option: T): void;
};

function Choice<T>({ label, value, options, text, choose }: ChoiceProps<T>) {
  return (
    <label className="text-sm">
      <span className="block text-muted">{label}</span>
      <select
        value={options.indexOf(value)}
        onChange={(event) => {
          const option = options[Number(event.target.value)];
          if (option !== undefined) choose(option);
        }}
        className="min-h-9 rounded-lg border bg-surface px-2 tabular-nums"
      >
        {options.map((option, n) => (
          <option key={text(option)} value={n}>
            {text(option)}
          </option>
        ))}
      </select>
    </label>
  );
}
