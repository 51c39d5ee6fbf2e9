import { memo } from 'react';
import type { CellState } from './cell.ts';
import { count } from './figures.ts';
import { Mark, PAINT } from './mark.tsx';

type MosaicCellProps = {
  number: number;
  state: CellState;
  letter: string | null;
  /** In the tab order: one cell of the grid is. */
  tabbable: boolean;
  /** With room for a word: the size of the chunk. */
  caption: string | null;
  describedBy: string;
};

/** One chunk. Only flat props, so that of a thousand cells those that changed are drawn again, ten times a second. */
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
