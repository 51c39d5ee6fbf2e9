import { CELL_STATES } from './cell.ts';
import { Mark, PAINT } from './mark.tsx';

/** What the colours and marks of the mosaic mean, and which worker has which letter where that is not its name. */
export function Legend({ letters }: { letters: Record<string, string> }) {
  return (
    <ul className="flex flex-wrap gap-x-4 gap-y-1.5 text-xs text-muted">
      {CELL_STATES.map((state) => (
        <li key={state} className="flex items-center gap-1.5">
          <span
            className={`flex size-5 items-center justify-center rounded-[5px] border font-mono text-[11px] font-semibold ${PAINT[state]}`}
          >
            <Mark state={state} letter="A" />
          </span>
          {state === 'in flight' ? 'in flight, by worker' : state}
        </li>
      ))}
      {Object.entries(letters)
        .filter(([worker, letter]) => worker !== letter)
        .map(([worker, letter]) => (
          <li key={worker} className="flex items-center gap-1.5">
            <span className="font-mono font-semibold text-ink">{letter}</span>
            <span className="font-mono">{worker}</span>
          </li>
        ))}
    </ul>
  );
}
