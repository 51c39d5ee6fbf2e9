'use client';

import { useId } from 'react';
import { fromField, zoneAt } from './zoned-time.ts';

type Props = { value: string; change(value: string): void; problem: string | null; autoFocus?: boolean };

/** The field for the time of a post. It uses and names the browser's zone, and says what is wrong. */
export function PostTime({ value, change, problem, autoFocus = false }: Props) {
  const id = useId();
  return (
    <div className="min-w-0">
      <label htmlFor={id} className="block font-medium text-sm">
        Post at <span className="font-normal text-muted">({zoneAt(fromField(value))})</span>
      </label>
      <input
        id={id}
        type="datetime-local"
        step={1}
        value={value}
        // biome-ignore lint/a11y/noAutofocus: somebody has just asked for this field
        autoFocus={autoFocus}
        aria-invalid={problem !== null}
        aria-describedby={`${id}-problem`}
        onChange={(event) => change(event.target.value)}
        className="mt-1 h-9 w-full min-w-0 max-w-64 rounded-lg border bg-surface px-2 text-sm tabular-nums aria-invalid:border-bad"
      />
      <p id={`${id}-problem`} role="alert" className="min-h-5 text-bad text-xs">
        {problem}
      </p>
    </div>
  );
}
