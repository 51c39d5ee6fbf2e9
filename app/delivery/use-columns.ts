'use client';

import { type RefObject, useEffect, useState } from 'react';

/**
 * How many columns the browser gave a CSS grid. The layout is CSS's alone and does not wait for this: the number is
 * for the rows that assistive technology reads and for the arrow keys.
 */
export function useColumns(grid: RefObject<HTMLElement | null>): number {
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
