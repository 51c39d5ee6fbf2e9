'use client';

import { type KeyboardEvent, type SyntheticEvent, useId, useRef, useState } from 'react';
import type { ChunkView } from '#app/contract.ts';
import { cellDetails, cellState } from './cell.ts';
import { count } from './figures.ts';
import { MosaicCell } from './mosaic-cell.tsx';
import { useColumns } from './use-columns.ts';
import { walk } from './walk.ts';

const FEW = 12; // so few cells have room for their figures

type MosaicGridProps = {
  chunks: ChunkView[];
  letters: Record<string, string>;
  /** Cells to keep room for while chunks are being planned, so that nothing below moves. */
  room: number;
};

/** One cell a chunk; arrow keys walk it, and the line below tells what the ledger knows of the cell in focus. */
export function MosaicGrid({ chunks, letters, room }: MosaicGridProps) {
  const places = Math.max(room, chunks.length);
  const many = places > FEW;
  const grid = useRef<HTMLDivElement>(null);
  const columns = useColumns(grid);
  const details = useId();
  const [focused, setFocused] = useState(0);
  const [looked, setLooked] = useState<number | null>(null);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = walk(focused, event.key, { count: chunks.length, columns });
    if (to === focused) return;
    event.preventDefault();
    grid.current?.querySelector<HTMLElement>(`[data-number="${to}"]`)?.focus();
  };
  const onFocus = (event: SyntheticEvent) => {
    const number = numberOf(event);
    if (number === null) return;
    setFocused(number);
    setLooked(number);
  };

  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: rows of a wrapping grid are not the rows of a table */}
      <div
        ref={grid}
        role="grid"
        aria-label="Chunks of the fan-out"
        aria-busy={chunks.length === 0}
        onKeyDown={onKeyDown}
        onFocus={onFocus}
        onPointerOver={(event) => setLooked(numberOf(event) ?? looked)}
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
        {Array.from({ length: places - chunks.length }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
          <span key={index} aria-hidden="true" className={many ? 'h-[23px]' : 'h-16'} />
        ))}
      </div>
      <Details id={details} chunks={chunks} number={looked} />
    </>
  );
}

/** Keeps room for two lines, four on a phone, so that walking the grid moves nothing. */
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

function numberOf(event: SyntheticEvent): number | null {
  const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-number]') : null;
  return cell ? Number(cell.dataset.number) : null;
}
