import type { Delivery } from '#core/ledger/delivery.ts';
import { median } from '#lab/harness/statistics.ts';
import { type Table, time } from '#lab/harness/table.ts';
import { since } from '#lab/load/post.ts';
import type { Trace } from './ours.ts';

/** Traces by the name of their column. */
type Columns = Record<string, Trace[]>;

const MOMENTS: [string, (delivery: Delivery) => string | null][] = [
  ['the broker has it', (delivery) => delivery.publishedAt],
  ['a worker took it', (delivery) => delivery.startedAt],
  ['first chunk in timelines', (delivery) => delivery.firstAt],
  ['half of all deliveries', (delivery) => delivery.medianAt],
  ['every chunk planned', (delivery) => delivery.plannedAt],
  ['last row of the ledger', (delivery) => delivery.finishedAt],
];

/** When each step of a fan-out was reached. */
export function momentTable(columns: Columns): Table {
  const rows = MOMENTS.map(([name, at]) => [
    name,
    ...Object.values(columns).map((traces) =>
      time(median(traces.map(({ delivery }) => since(delivery.acceptedAt, at(delivery)))), 'ms'),
    ),
  ]);
  return {
    title: 'One of our fan-outs, after its acceptance (median)',
    head: ['', ...Object.keys(columns)],
    rows,
  };
}

/** Which process used how much CPU for one fan-out. */
export function cpuTable(columns: Columns): Table {
  const all = Object.values(columns);
  const names = [...new Set(all.flatMap(([first]) => [...(first?.cpu.keys() ?? [])]))];
  const rows = names.map((name) => [
    name,
    ...all.map((traces) => `${median(traces.map(({ cpu }) => cpu.get(name) ?? 0)).toFixed(2)} s`),
  ]);
  const notes = names.length === 0 ? ['not measured: this system has no /proc'] : [];
  return {
    title: 'CPU that one of our fan-outs takes (median)',
    head: ['process', ...Object.keys(columns)],
    rows,
    notes,
  };
}
