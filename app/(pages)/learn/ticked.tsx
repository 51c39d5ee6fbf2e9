'use client';

import { CheckIcon } from '@radix-ui/react-icons';
import { useLearned } from '#app/browser/learned.ts';

/** The number of a statement, and a tick once its reader has caused everything that it says. */
export function Tick({ number, effects }: { number: number; effects: string[] }) {
  const isTicked = isCaused(effects, useLearned().effects);
  return (
    <span
      className={`grid size-8 shrink-0 place-items-center rounded-full border font-medium text-sm tabular-nums ${isTicked ? 'border-good bg-good-soft text-good' : 'text-muted'}`}
    >
      {isTicked ? <CheckIcon aria-hidden className="size-4.5" /> : <span aria-hidden="true">{number}</span>}
      <span className="sr-only">
        Statement {number}, {isTicked ? 'ticked' : 'not ticked yet'}
      </span>
    </span>
  );
}

/** How many statements are ticked in this browser, and a way to begin again. */
export function Ticked({ statements }: { statements: string[][] }) {
  const { effects, forget } = useLearned();
  const ticked = statements.filter((needed) => isCaused(needed, effects)).length;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-2 text-sm">
      <span aria-hidden="true" className="block h-2 w-48 overflow-hidden rounded-full bg-ink/10">
        <span
          className="block h-full origin-left bg-good"
          style={{ transform: `scaleX(${ticked / statements.length})` }}
        />
      </span>
      <p role="status" className="tabular-nums">
        {ticked} of {statements.length} ticked in this browser
      </p>
      {effects.length > 0 && (
        <button type="button" onClick={forget} className="link">
          Begin again
        </button>
      )}
    </div>
  );
}

const isCaused = (needed: string[], effects: string[]): boolean =>
  needed.every((effect) => effects.includes(effect));
