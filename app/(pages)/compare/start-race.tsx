'use client';

import { useState } from 'react';
import { useAct } from '#app/(pages)/lab/use-act.ts';
import { startRun } from '#app/browser/lab-acts.ts';
import { secondsBetween, useLab } from '#app/browser/live/lab.tsx';
import { ActAsOperator } from '#app/ui/act-as-operator.tsx';
import { count } from '#app/ui/figures.ts';

const EXPERIMENT = 'request-or-queue';
const SIZES = [1_000, 10_000, 100_000, 1_000_000]; // followers

/** Starts a race, and says who runs one. */
export function StartRace() {
  const { state, now } = useLab();
  const { act, run, problem } = useAct();
  const [size, setSize] = useState(1_000_000);
  const running = state?.run?.endedAt === null ? state.run : null;
  return (
    <section aria-label="Race" className="space-y-3">
      {act ? (
        <div className="flex flex-wrap items-end gap-3">
          <label className="text-sm">
            <span className="block text-muted">Followers, at most</span>
            <select
              value={size}
              onChange={(event) => setSize(Number(event.target.value))}
              className="min-h-9 rounded-lg border bg-surface px-2 tabular-nums"
            >
              {SIZES.map((followers) => (
                <option key={followers} value={followers}>
                  {count(followers)}
                </option>
              ))}
            </select>
          </label>
          <button
            type="button"
            className="button button-primary"
            disabled={act.busy}
            onClick={() => run((handle) => startRun({ experiment: EXPERIMENT, size }, handle))}
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
          : 'It takes about a minute, posts up to 25 tweets, and kills a worker at the end.'}
      </p>
      {state?.run?.experiment === EXPERIMENT && state.run.state === 'broken off' && (
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
