import { median, percentile, type Series } from './statistics.ts';

/** Rows of words and figures under a head. `notes` say what a reader must know to trust them. */
export type Table = { title: string; head: string[]; rows: string[][]; notes?: string[] };

/** Lays a table out for the terminal: the first column to the left, figures to the right. */
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

const pad = (cell: string, width: number, column: number) =>
  column === 0 ? cell.padEnd(width) : cell.padStart(width);

/** A table of series: count, p50, p95, p99 and the extremes. */
export function latencies(title: string, series: Record<string, Series>): Table {
  const rows = Object.entries(series).map(([name, { unit, values }]) => [
    name,
    whole(values.length),
    time(median(values), unit),
    ...[95, 99, 0, 100].map((percent) => time(percentile(values, percent), unit)),
  ]);
  return { title, head: ['', 'count', 'p50', 'p95', 'p99', 'min', 'max'], rows };
}

/** `1.31 s` or `12.0 ms`: three digits, or the whole number when it has more. */
export const time = (value: number, unit: 's' | 'ms'): string => `${significant(value)} ${unit}`;

/** `1.31 s .. 1.45 s` */
export const range = ({ unit, values }: Series): string =>
  `${time(Math.min(...values), unit)} .. ${time(Math.max(...values), unit)}`;

/** Three digits, or the whole number when it has more. */
export function significant(value: number): string {
  if (Math.abs(value) >= 100) return whole(Math.round(value));
  return value.toLocaleString('en', { minimumSignificantDigits: 3, maximumSignificantDigits: 3 });
}

/** `1,000,000` */
export const whole = (value: number): string => value.toLocaleString('en');

/** Two digits, for an axis. */
export const plain = (value: number) => String(Number(value.toPrecision(2)));

/** `1.2M`, `30k`, `12`, for an axis. */
export function thousands(value: number): string {
  if (value >= 1e6) return `${plain(value / 1e6)}M`;
  return value >= 1e3 ? `${plain(value / 1e3)}k` : plain(value);
}
