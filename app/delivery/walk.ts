/** Where a key takes the focus in a grid of `count` cells in rows of `columns`; the same cell when there is no way on. */
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
