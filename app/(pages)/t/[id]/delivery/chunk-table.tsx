import { memo } from 'react';
import type { ChunkView } from '#api/contract.ts';
import { between, count, duration } from '#app/ui/figures.ts';
import { cellState, range } from './cell.ts';

const COLUMNS = [
  'Follower ids',
  'Expected',
  'Delivered',
  'Cold',
  'Gone',
  'Attempts',
  'Ignored',
  'Worker',
  'Time',
];

/** The mosaic as a table: everything that a cell stands for, in rows. */
export function ChunkTable({ chunks }: { chunks: ChunkView[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section tabIndex={0} aria-label="Chunks as a table" className="max-h-96 overflow-auto rounded-lg border">
      <table className="w-full border-separate border-spacing-0 text-right text-xs whitespace-nowrap tabular-nums">
        <caption className="sr-only">Every chunk of the fan-out, as the ledger has it</caption>
        <thead className="sticky top-0 bg-surface text-muted">
          <tr>
            <Head name="Chunk" />
            <th scope="col" className="border-b px-2 py-1.5 text-left font-medium">
              State
            </th>
            {COLUMNS.map((name) => (
              <Head key={name} name={name} />
            ))}
          </tr>
        </thead>
        <tbody>
          {chunks.map((chunk) => (
            <Row key={chunk.number} chunk={chunk} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

const Head = ({ name }: { name: string }) => (
  <th scope="col" className="border-b px-2 py-1.5 font-medium">
    {name}
  </th>
);

const Row = memo(function Row({ chunk }: { chunk: ChunkView }) {
  const took = between(chunk.startedAt, chunk.finishedAt);
  const figures = [
    range(chunk),
    count(chunk.expected),
    count(chunk.delivered),
    count(chunk.cold),
    count(chunk.gone),
    count(chunk.attempts),
    count(chunk.redeliveries),
    chunk.worker ?? '',
    took === null ? '' : duration(took),
  ];
  return (
    <tr>
      <th scope="row" className="px-2 py-1 font-medium">
        {count(chunk.number + 1)}
      </th>
      <td className="px-2 py-1 text-left">{cellState(chunk)}</td>
      {figures.map((figure, index) => (
        <td key={COLUMNS[index]} className="px-2 py-1">
          {figure}
        </td>
      ))}
    </tr>
  );
});
