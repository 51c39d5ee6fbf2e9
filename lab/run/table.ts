/** Rows of words and figures under a head; `notes` say what a reader must know to trust them. */
export type Table = { title: string; head: string[]; rows: string[][]; notes?: string[] };

/** Lays a table out in fixed columns: the first to the left, figures to the right. */
export function layOut({ title, head, rows, notes = [] }: Table): string {
  const widths = head.map((_, column) =>
    Math.max(...[head, ...rows].map((row) => (row[column] ?? '').length)),
  );
  const line = (row: string[]) =>
    row.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  ');
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [title, '', line(head), rule, ...rows.map(line), ...notes.map((note) => `* ${note}`)]
    .map((each) => each.trimEnd())
    .join('\n');
}

/** `1.31 s` or `12 ms`: as many digits as mean something. */
export function time(value: number, unit: 's' | 'ms'): string {
  return `${significant(value)} ${unit}`;
}

/** Three digits, or the whole number when it has more. */
export function significant(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toLocaleString('en', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
}

const pad = (cell: string, width: number, column: number) =>
  column === 0 ? cell.padEnd(width) : cell.padStart(width);
