import { CheckIcon, Cross2Icon, DotFilledIcon, MinusCircledIcon, ReloadIcon } from '@radix-ui/react-icons';
import { memo } from 'react';
import { count } from '#app/ui/figures.ts';
import type { CellState } from './cell.ts';
import { CELL_STATES } from './cell.ts';

type MosaicCellProps = {
  number: number;
  state: CellState;
  letter: string | null;
  /** True for the one cell of the grid that is in the tab order. */
  tabbable: boolean;
  /** The size of the chunk, when the cell has room for it. */
  caption: string | null;
  describedBy: string;
};

/**
 * One chunk. Its props are flat, so that of a thousand cells only the changed ones are drawn again, ten times a second.
 */
export const MosaicCell = memo(function MosaicCell(props: MosaicCellProps) {
  const { number, state, letter, tabbable, caption, describedBy } = props;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a <td> needs the table's box model, and this grid wraps
    <div
      role="gridcell"
      tabIndex={tabbable ? 0 : -1}
      data-number={number}
      aria-label={`Chunk ${count(number + 1)}, ${state}${letter ? ` by worker ${letter}` : ''}`}
      aria-describedby={tabbable ? describedBy : undefined}
      className={`flex contain-content flex-col items-center justify-center rounded-[5px] border font-mono text-[11px] leading-none font-semibold ${caption ? 'h-16 gap-1.5' : 'h-[23px]'} ${PAINT[state]}`}
    >
      <Mark state={state} letter={letter} />
      {caption && <span className="tabular-nums">{caption}</span>}
    </div>
  );
});

const mark = { className: 'size-3.5', 'aria-hidden': true } as const;

/** The mark of a cell beside its colour; in flight it is the letter of the worker. */
function Mark({ state, letter }: { state: CellState; letter: string | null }) {
  switch (state) {
    case 'waiting':
      return <DotFilledIcon {...mark} />;
    case 'in flight':
      return <span aria-hidden="true">{letter ?? '…'}</span>;
    case 'delivered':
      return <CheckIcon {...mark} />;
    case 'retried':
      return <ReloadIcon {...mark} />;
    case 'redelivery ignored':
      return <MinusCircledIcon {...mark} />;
    case 'failed':
      return <Cross2Icon {...mark} />;
  }
}

/** Fill, ink and border of each state. There is no transition: fading took four times as long on the main thread. */
const PAINT: Record<CellState, string> = {
  waiting: 'border-line bg-canvas text-muted',
  'in flight': 'border-accent bg-accent text-accent-ink',
  delivered: 'border-transparent bg-good/20 text-good',
  retried: 'border-good bg-good/20 text-good',
  'redelivery ignored': 'border-warn bg-warn-soft text-warn',
  failed: 'border-bad bg-bad-soft text-bad',
};

/** What the colours and marks of the mosaic mean, and the letter of each worker that is not named by a letter. */
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
