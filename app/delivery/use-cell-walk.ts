'use client';

import { type KeyboardEvent, type RefObject, type SyntheticEvent, useRef, useState } from 'react';
import { useColumns } from './use-columns.ts';
import { walk } from './walk.ts';

export type CellWalk = {
  columns: number;
  /** The one cell in the tab order. */
  focused: number;
  /** The cell that has the focus or lies under the pointer, whichever was last; null before. */
  looked: number | null;
  /** For the element with `role="grid"`; its cells carry `data-number`. */
  grid: {
    ref: RefObject<HTMLDivElement | null>;
    onKeyDown(event: KeyboardEvent): void;
    onFocus(event: SyntheticEvent): void;
    onPointerOver(event: SyntheticEvent): void;
  };
};

/** Roving focus over so many cells: one tab stop, arrow keys inside. Listens on the grid, so that cells stay plain. */
export function useCellWalk(count: number): CellWalk {
  const ref = useRef<HTMLDivElement>(null);
  const columns = useColumns(ref);
  const [focused, setFocused] = useState(0);
  const [looked, setLooked] = useState<number | null>(null);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const to = walk(focused, event.key, { count, columns });
    if (to === focused) return;
    event.preventDefault();
    ref.current?.querySelector<HTMLElement>(`[data-number="${to}"]`)?.focus();
  };
  const onFocus = (event: SyntheticEvent) => {
    const number = numberOf(event);
    if (number === null) return;
    setFocused(number);
    setLooked(number);
  };
  const onPointerOver = (event: SyntheticEvent) => setLooked(numberOf(event) ?? looked);
  return { columns, focused, looked, grid: { ref, onKeyDown, onFocus, onPointerOver } };
}

function numberOf(event: SyntheticEvent): number | null {
  const cell = event.target instanceof Element ? event.target.closest<HTMLElement>('[data-number]') : null;
  return cell ? Number(cell.dataset.number) : null;
}
