import { median, percentile, type Series } from './statistics.ts';
import { type Table, time } from './table.ts';

/** A table of series: count, p50, p95, p99 and the extremes. */
export function latencies(title: string, series: Record<string, Series>): Table {
  const rows = Object.entries(series).map(([name, { unit, values }]) => [
    name,
    values.length.toLocaleString('en'),
    time(median(values), unit),
    ...[95, 99, 0, 100].map((percent) => time(percentile(values, percent), unit)),
  ]);
  return { title, head: ['', 'count', 'p50', 'p95', 'p99', 'min', 'max'], rows };
}
