'use client';

import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import type { ChunkView, DeliveryView } from '#api/contract.ts';
import { useChunks } from '#app/browser/chunk-size.tsx';
import { useShortcut } from '#app/browser/shortcuts.ts';
import { counted } from '#app/ui/figures.ts';
import { ChunkTable } from './chunk-table.tsx';
import { Legend } from './mosaic-cell.tsx';
import { MosaicGrid } from './mosaic-grid.tsx';

type MosaicProps = { delivery: DeliveryView; chunks: ChunkView[]; letters: Record<string, string> };

/** The chunks as a picture or as a table, which is also the screen reader's view; `t` swaps them. */
export function Mosaic({ delivery, chunks, letters }: MosaicProps) {
  const [asTable, setAsTable] = useState(false);
  const foreseen = useChunks(delivery.expected);
  const room = delivery.plannedAt === null ? foreseen : delivery.chunks;
  const view = useRef<HTMLDivElement>(null);
  const swap = () => {
    const inside = view.current?.contains(document.activeElement);
    flushSync(() => setAsTable(!asTable));
    // The focused cell went with its view. Without this the keyboard would start again at the top of the page.
    if (inside) view.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  };
  useShortcut('t', swap);
  return (
    <section aria-labelledby="mosaic" className="card p-4 sm:p-5">
      <div className="mb-4 flex flex-wrap items-center justify-between gap-3">
        <h2 id="mosaic" className="font-semibold">
          Mosaic <span className="font-normal text-muted">{counted(chunks.length, 'chunk')}</span>
        </h2>
        <button type="button" className="button" aria-pressed={asTable} onClick={swap}>
          As a table <kbd className="key">t</kbd>
        </button>
      </div>
      <div ref={view}>
        {asTable ? (
          <ChunkTable chunks={chunks} />
        ) : (
          <MosaicGrid chunks={chunks} letters={letters} room={room} />
        )}
      </div>
      <div className="mt-4 border-t pt-3">
        <Legend letters={letters} />
      </div>
    </section>
  );
}
