'use client';

import { useState } from 'react';
import { useActing } from '#app/browser/acting.tsx';
import { problemText } from '#app/browser/http.ts';
import { startRun } from '#app/browser/lab-acts.ts';
import { secondsBetween, useLab } from '#app/browser/live/lab.tsx';
import { ActAsOperator } from '#app/ui/act-as-operator.tsx';
import { count } from '#app/ui/figures.ts';

const EXPERIMENT = 'request-or-queue';
const SIZES = [1_000, 10_000, 100_000, 1_000_000]; // followers

/** Starts a race, and says who runs one. */
export function StartRace() {
  const { acting } = useActing();
  const { state, now } = useLab();
  const [size, setSize] = useState(1_000_000);
  const [asked, setAsked] = useState({ busy: false, problem: '' });
  const running = state?.run?.endedAt === null ? state.run : null;
  const start = async (account: string) => {
    setAsked({ busy: true, problem: '' });
    const problem = await startRun({ experiment: EXPERIMENT, size }, account).then(
      () => '',
      (error: unknown) => problemText(error),
    );
    setAsked({ busy: false, problem });
  };
  return (
    <section aria-label="Race" className="space-y-3">
      {acting?.operator ? (
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
            disabled={asked.busy || running !== null}
            onClick={() => start(acting.handle)}
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
      {asked.problem && (
        <p role="alert" className="text-bad text-sm">
          Not started: {asked.problem}
        </p>
      )}
    </section>
  );
}
