'use client';

import { useId } from 'react';
import type { ChunkView } from '#api/contract.ts';
import { count } from '#app/ui/figures.ts';
import { cellDetails, cellState } from './cell.ts';
import { MosaicCell } from './mosaic-cell.tsx';
import { useCellWalk } from './roving-focus.ts';

const FEW = 12; // so few cells have room for their figures

type MosaicGridProps = {
  chunks: ChunkView[];
  letters: Record<string, string>;
  /** Cells to keep room for while chunks are being planned, so that nothing below moves. */
  room: number;
};

/**
 * One cell for each chunk. Arrow keys walk the grid, and the line below says what the ledger knows of the focused one.
 */
export function MosaicGrid({ chunks, letters, room }: MosaicGridProps) {
  const details = useId();
  const { columns, focused, looked, grid } = useCellWalk(chunks.length);
  const places = Math.max(room, chunks.length);
  const many = places > FEW;
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: rows of a wrapping grid are not the rows of a table */}
      <div
        {...grid}
        role="grid"
        aria-label="Chunks of the fan-out"
        aria-busy={chunks.length === 0}
        className={`grid gap-0.5 ${many ? 'grid-cols-[repeat(auto-fill,minmax(23px,1fr))]' : 'grid-cols-[repeat(auto-fill,minmax(76px,1fr))]'}`}
      >
        {rows(chunks, columns).map((row) => (
          // biome-ignore lint/a11y/useSemanticElements: see the grid
          // biome-ignore lint/a11y/useFocusableInteractive: the cells take the focus, not their row
          <div key={row[0]?.number} role="row" className="contents">
            {row.map((chunk) => (
              <MosaicCell
                key={chunk.number}
                number={chunk.number}
                state={cellState(chunk)}
                letter={chunk.worker === null ? null : (letters[chunk.worker] ?? null)}
                tabbable={chunk.number === focused}
                caption={many ? null : count(chunk.expected)}
                describedBy={details}
              />
            ))}
          </div>
        ))}
        <Room cells={places - chunks.length} many={many} />
      </div>
      <Details id={details} chunks={chunks} number={looked} />
    </>
  );
}

function Room({ cells, many }: { cells: number; many: boolean }) {
  return Array.from({ length: cells }, (_, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
    <span key={index} aria-hidden="true" className={many ? 'h-[23px]' : 'h-16'} />
  ));
}

/** What the ledger knows of one chunk. Keeps room for two lines, four on a phone, so that walking moves nothing. */
function Details({ id, chunks, number }: { id: string; chunks: ChunkView[]; number: number | null }) {
  const chunk = number === null ? undefined : chunks[number];
  return (
    <p id={id} className="mt-3 min-h-20 text-sm text-muted tabular-nums sm:min-h-10">
      {chunk ? cellDetails(chunk).join(' · ') : invitation(chunks.length)}
    </p>
  );
}

const invitation = (chunks: number): string =>
  chunks === 0
    ? 'No chunk is planned yet.'
    : 'One cell is one chunk. Point at one or walk with the arrow keys.';

function rows(chunks: ChunkView[], columns: number): ChunkView[][] {
  const result: ChunkView[][] = [];
  for (let from = 0; from < chunks.length; from += columns) result.push(chunks.slice(from, from + columns));
  return result;
}
