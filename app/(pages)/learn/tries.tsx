'use client';

import { CheckIcon } from '@radix-ui/react-icons';
import { Suspense, useId, useState } from 'react';
import type { ExperimentView } from '#api/contract.ts';
import { verdictOf } from '#app/browser/effects.ts';
import { useLearned } from '#app/browser/learned.ts';
import { useLab } from '#app/browser/live/lab.tsx';
import { loadLater } from '#app/ui/load-later.tsx';

/** Loaded when the first experiment is opened, because most readers open only a few. */
const ExperimentFrame = loadLater(() =>
  import('#app/(pages)/lab/experiment-frame.tsx').then(({ ExperimentFrame: loaded }) => loaded),
);

type Props = { experiments: ExperimentView[]; more: ExperimentView[] };

/** The experiments of a statement, one open at a time. One that is already running is open. */
export function Tries({ experiments, more }: Props) {
  const frameId = useId();
  const { state, now } = useLab();
  const all = [...experiments, ...more];
  const running = state?.run?.endedAt === null ? state.run.experiment : null;
  const [chosen, choose] = useState(all.find(({ id }) => id === running)?.id ?? null);
  const experiment = all.find(({ id }) => id === chosen);
  if (all.length === 0 || !state) return null;
  const toggle = (id: string) => choose(id === chosen ? null : id);
  return (
    <div className="space-y-3">
      <div className="flex flex-wrap items-center gap-2">
        {experiments.map(({ id, title }) => (
          <Opener key={id} {...{ id, title, frameId }} isOpen={id === chosen} open={() => toggle(id)} />
        ))}
        {more.length > 0 && <span className="ml-1 text-muted text-sm">More of it:</span>}
        {more.map(({ id, title }) => (
          <Opener key={id} {...{ id, title, frameId }} isOpen={id === chosen} open={() => toggle(id)} />
        ))}
      </div>
      <div id={frameId} className="empty:hidden">
        {experiment && (
          <Suspense fallback={<div className="skeleton h-96" />}>
            <ExperimentFrame key={experiment.id} {...{ experiment, state, now }} seed={null} broker={null} />
          </Suspense>
        )}
      </div>
    </div>
  );
}

type OpenerProps = { id: string; title: string; frameId: string; isOpen: boolean; open(): void };

function Opener({ id, title, frameId, isOpen, open }: OpenerProps) {
  const isDone = useLearned().effects.includes(verdictOf(id));
  return (
    <button type="button" aria-expanded={isOpen} aria-controls={frameId} onClick={open} className="button">
      {isDone && <CheckIcon aria-label="done" className="size-4 text-good" />}
      {title}
    </button>
  );
}
