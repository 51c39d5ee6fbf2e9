'use client';

import { type KeyboardEvent, type RefObject, type SyntheticEvent, useEffect, useRef, useState } from 'react';

type CellWalk = {
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

/**
 * Roving focus over `count` cells: one tab stop, and arrow keys inside. Listens on the grid, so that cells stay plain.
 */
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

/**
 * How many columns the browser gave a CSS grid. Only CSS makes the layout, which does not wait for this. The number is
 * for the rows that assistive technology reads, and for the arrow keys.
 */
function useColumns(grid: RefObject<HTMLElement | null>): number {
  const [columns, setColumns] = useState(1);
  useEffect(() => {
    const element = grid.current;
    if (!element) return;
    const measure = () => setColumns(getComputedStyle(element).gridTemplateColumns.split(' ').length);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [grid]);
  return columns;
}

/** Where a key takes the focus in a grid of `count` cells in rows of `columns`; the same cell at the edge. */
export function walk(
  from: number,
  key: string,
  { count, columns }: { count: number; columns: number },
): number {
  const to = target(from, key, { count, columns });
  return to < 0 || to >= count ? from : to;
}

function target(from: number, key: string, { count, columns }: { count: number; columns: number }): number {
  const rowStart = from - (from % columns);
  switch (key) {
    case 'ArrowRight':
      return from + 1;
    case 'ArrowLeft':
      return from - 1;
    case 'ArrowDown':
      return from + columns;
    case 'ArrowUp':
      return from - columns;
    case 'Home':
      return rowStart;
    case 'End':
      return Math.min(rowStart + columns, count) - 1;
    case 'PageUp':
      return 0;
    case 'PageDown':
      return count - 1;
    default:
      return from;
  }
}
