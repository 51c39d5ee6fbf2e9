'use client';

import { useEffect } from 'react';
import { verdictOf } from '#app/browser/effects.ts';
import { noteEffect, runKey, useLearned } from '#app/browser/learned.ts';
import { useLab } from '#app/browser/live/lab.tsx';

/** Notes a passed verdict with an answer, of a run that was begun in this browser. Learn ticks it off. */
export function NoteVerdict() {
  const { state } = useLab();
  const { runs } = useLearned();
  const run = state?.run;
  const isShown = run?.verdict?.passed && run.verdict.answer !== null && runs.includes(runKey(run));
  const shown = isShown ? run.experiment : null;
  useEffect(() => {
    if (shown !== null) noteEffect(verdictOf(shown));
  }, [shown]);
  return null;
}
