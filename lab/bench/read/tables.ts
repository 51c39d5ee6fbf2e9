import { median } from '#lab/harness/statistics.ts';
import type { Table } from '#lab/harness/table.ts';
import { significant, time } from '#lab/harness/table.ts';
import type { Measurement } from '#lab/load/wrk.ts';

/** Measurements by way and connections: `full 16`. */
export type Rates = Record<string, Measurement[]>;

const NAMES = {
  short: 'home, 60 entries',
  full: 'home, full: 800 entries',
  wide: 'home, full, of 300 authors',
  cold: 'home, cold',
  ids: 'limit: a page’s ids from Redis alone, behind Hono',
  healthz: 'the application’s empty route, /healthz',
  bare: 'limit: bare Hono',
};

/** One row for each way, three columns for each number of connections. */
export function rateTable(rates: Rates, notes: string[]): Table {
  const connections = [...new Set(Object.keys(rates).map((name) => name.split(' ')[1] ?? ''))];
  const rows = Object.entries(NAMES).map(([way, title]) => [
    title,
    ...connections.flatMap((number) => cells(rates[`${way} ${number}`])),
  ]);
  return {
    title: 'Answers a second, by connections: GET /api/timelines/home?limit=50 and its limits',
    head: ['', ...connections.flatMap((number) => [`${number} con.: /s`, 'p50', 'p99'])],
    rows,
    notes,
  };
}

function cells(measured: Measurement[] = []): string[] {
  if (measured.length === 0) return ['–', '–', '–'];
  const middle = (figure: 'perSecond' | 'p50' | 'p99') => median(measured.map((each) => each[figure]));
  return [significant(middle('perSecond')), time(middle('p50'), 'ms'), time(middle('p99'), 'ms')];
}
