import { useState } from 'react';
import { startRun } from '#app/browser/lab-acts.ts';
import { secondsBetween } from '#app/browser/live/lab.tsx';
import type { FrameProps } from './experiment-frame.tsx';
import { Step } from './step.tsx';
import { useAct } from './use-act.ts';

type Props = FrameProps & { prediction: string | null };

/** Step 2: seed, size, dials and broker, the button that starts the run, and who runs something now. */
export function RunStep({ experiment, state, now, seed, broker, dials = {}, prediction }: Props) {
  const { act, run, problem } = useAct();
  const { size } = experiment;
  const [asked, setAsked] = useState({ seed: seed ?? '', size: '', broker: broker ?? '', dials });
  const set = experiment.dials.flatMap(({ name }) => {
    const value = asked.dials[name];
    return value ? [[name, Number(value)] as const] : [];
  });
  const running = state.run?.endedAt === null ? state.run : null;
  const order = {
    experiment: experiment.id,
    ...(asked.seed !== '' && { seed: Number(asked.seed) }),
    ...(asked.size !== '' && { size: Number(asked.size) }),
    ...(asked.broker !== '' && { broker: asked.broker }),
    ...(set.length > 0 && { dials: Object.fromEntries(set) }),
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
          {size.most > 1 && (
            <NumberField
              label={`How many ${size.of}, ${size.least ?? 1} to ${size.most}, usually ${size.usual}`}
              digits={String(size.most).length}
              value={asked.size}
              change={(value) => setAsked({ ...asked, size: value })}
            />
          )}
          {experiment.dials.map(({ name, text, least, usual, most }) => (
            <NumberField
              key={name}
              label={`${text}, ${least} to ${most}, usually ${usual}`}
              digits={String(most).length}
              value={asked.dials[name] ?? ''}
              change={(value) => setAsked({ ...asked, dials: { ...asked.dials, [name]: value } })}
            />
          ))}
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
