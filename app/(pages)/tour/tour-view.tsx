'use client';

import { CheckIcon } from '@radix-ui/react-icons';
import Link from 'next/link';
import { useRef } from 'react';
import type { ExperimentView } from '#api/contract.ts';
import { ExperimentFrame } from '#app/(pages)/lab/experiment-frame.tsx';
import { verdictOf } from '#app/browser/effects.ts';
import { useLearned } from '#app/browser/learned.ts';
import { useLab } from '#app/browser/live/lab.tsx';
import { useStored } from '#app/browser/stored.ts';
import { STEPS, type TourStep } from './steps.ts';

/** The present experiment, how far the reader is, and the ways on and out. This browser remembers the place. */
export function TourView({ steps }: { steps: ExperimentView[] }) {
  const { state, now } = useLab();
  const { effects } = useLearned();
  const [at, goTo] = useStored('tour', STEPS);
  const top = useRef<HTMLElement>(null);
  const index = STEPS.indexOf(at);
  const experiment = steps[index];
  const next = STEPS[index + 1];
  const isDone = ({ id }: { id: string }) => effects.includes(verdictOf(id));
  const go = (step: TourStep) => {
    goTo(step);
    top.current?.focus();
  };
  if (!state) return null;
  return (
    <section ref={top} tabIndex={-1} aria-label="Steps of the tour" className="space-y-4 outline-none">
      <ol className="grid grid-cols-2 gap-2 sm:grid-cols-4">
        {steps.map((step, number) => (
          <li key={step.id} aria-current={number === index ? 'step' : undefined}>
            <button
              type="button"
              onClick={() => go(STEPS[number] ?? 'end')}
              className={`flex h-full w-full items-start gap-2 rounded-lg border px-3 py-2 text-left text-sm ${number === index ? 'border-accent bg-accent-soft' : 'text-muted'}`}
            >
              <span className="tabular-nums">{number + 1}</span>
              <span className="min-w-0 flex-1">{step.title}</span>
              {isDone(step) && <CheckIcon aria-label="done" className="size-4 shrink-0 text-good" />}
            </button>
          </li>
        ))}
      </ol>
      {experiment ? (
        <ExperimentFrame key={experiment.id} {...{ experiment, state, now }} seed={null} broker={null} />
      ) : (
        <End done={steps.filter(isDone).length} of={steps.length} again={() => go(STEPS[0])} />
      )}
      <nav aria-label="Tour" className="flex flex-wrap items-center gap-3">
        {experiment && next && (
          <button
            type="button"
            onClick={() => go(next)}
            className={`button ${isDone(experiment) ? 'button-primary' : ''}`}
          >
            {wordFor(next, isDone(experiment))}
          </button>
        )}
        <Link href="/" className="link text-sm">
          Leave the tour
        </Link>
      </nav>
    </section>
  );
}

function wordFor(next: TourStep, isDone: boolean): string {
  if (next === 'end') return isDone ? 'Finish the tour' : 'Skip this one and finish';
  return isDone ? 'Next experiment' : 'Skip this one';
}

function End({ done, of, again }: { done: number; of: number; again(): void }) {
  return (
    <div className="card space-y-3 p-5">
      <h2 className="font-semibold text-lg">That was the tour</h2>
      <p role="status">
        You have seen the verdict of {done} of {of} experiments in this browser.
      </p>
      <p className="flex flex-wrap gap-x-4 gap-y-2">
        <Link href="/learn" className="link">
          Learn why, statement by statement
        </Link>
        <Link href="/lab" className="link">
          Break more in the lab
        </Link>
        <button type="button" onClick={again} className="link">
          Begin again
        </button>
      </p>
    </div>
  );
}
