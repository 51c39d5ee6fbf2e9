import { provenanceOf, type RecordedBench } from '#app/recorded.ts';
import { count } from '#app/ui/figures.ts';
import { BrokerTable, type Row, row } from './broker-table.tsx';
import type { Journey } from './journey.ts';

type Props = { journeys: Journey[]; running: string; recorded: RecordedBench };

/** What the bench measured while more and more messages waited, in a server whose memory is bounded. */
export function Depths({ journeys, running, recorded }: Props) {
  const { sizes, figures } = recorded;
  return (
    <section aria-labelledby="depths">
      <h2 id="depths" className="font-semibold text-lg tracking-tight">
        When messages pile up
      </h2>
      <p className="mt-1 max-w-2xl text-muted text-sm">
        Nobody takes anything, and more and more small messages wait in a server that may use{' '}
        {count(sizes.limit ?? 0)} MB. The knee is where a broker is less than half as fast as it was before,
        or takes no more. SQS is a stand-in here, which has no bound.
      </p>
      <BrokerTable
        {...{ journeys, running, figures, rows: rowsOf(figures) }}
        caption="Recorded figures while messages wait"
      />
      <p className="mt-2 max-w-3xl text-muted text-xs">
        {provenanceOf(recorded)}, by npm run bench -- depth.
      </p>
    </section>
  );
}

const megabytes = (value: number) => `${count(value)} MB`;

function rowsOf(figures: RecordedBench['figures']): Row[] {
  const levels = levelsIn(figures);
  return [
    ...levels.map((level) => row(`${count(level)} wait: taken a second`, `taken_per_s_${level}`, count)),
    ...levels.map((level) => row(`${count(level)} wait: memory`, `memory_mb_${level}`, megabytes)),
    row('past its knee with', 'knee', count),
    row('takes no more with', 'most', count),
    row('confirmed and lost', 'lost', count),
  ];
}

/** How many messages waited, from the names of the figures. */
function levelsIn(figures: RecordedBench['figures']): number[] {
  const levels = Object.keys(figures).flatMap((name) => /_memory_mb_(\d+)$/.exec(name)?.[1] ?? []);
  return [...new Set(levels.map(Number))].sort((a, b) => a - b);
}
