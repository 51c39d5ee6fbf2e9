import { provenanceOf } from '#app/recorded.ts';
import { count, duration } from '#app/ui/figures.ts';
import { BrokerTable, type Row, row } from './broker-table.tsx';
import type { Journey } from './journey.ts';
import type { Recorded } from './recorded.ts';

type Props = { journeys: Journey[]; running: string; recorded: Recorded | null };

/** What the bench measured for each broker, with the machine and the date. */
export function Compared({ journeys, running, recorded }: Props) {
  return (
    <section aria-labelledby="compared">
      <h2 id="compared" className="font-semibold text-lg tracking-tight">
        The same work on each
      </h2>
      {recorded ? (
        <Recording journeys={journeys} running={running} recorded={recorded} />
      ) : (
        <p className="mt-2 text-muted">
          Nothing is recorded yet. <code>npm run bench -- brokers --record</code> measures and records.
        </p>
      )}
    </section>
  );
}

function Recording({ journeys, running, recorded }: Props & { recorded: Recorded }) {
  const rows = rowsOf(recorded);
  return (
    <>
      <p className="mt-1 max-w-2xl text-muted text-sm">{conclusion(journeys, recorded)}</p>
      <BrokerTable {...{ journeys, running, rows, figures: recorded.figures }} caption="Measured figures" />
      <p className="mt-2 max-w-3xl text-muted text-xs">
        {[
          `${provenanceOf(recorded)}, by npm run bench -- brokers.`,
          ...journeys.flatMap(({ caveat }) => caveat ?? []),
        ].join(' ')}
      </p>
    </>
  );
}

const seconds = (value: number) => duration(value * 1_000);
const milliseconds = (value: number) => `${value.toFixed(1)} ms`;

function rowsOf({ sizes }: Recorded): Row[] {
  return [
    row(`a tweet to ${count(sizes.followers)}, median`, 'seconds', (s) => `${s.toFixed(2)} s`),
    row('times the fastest', 'ratio', (value) => `${value.toFixed(2)} ×`),
    row('deliveries a second', 'deliveries_per_s', count),
    row('redeliveries in these runs', 'redeliveries', count),
    row('bare messages published a second', 'published_per_s', count),
    row('bare messages taken a second', 'consumed_per_s', count),
    row('publish to handler, p50', 'latency_p50_ms', milliseconds),
    row('publish to handler, p99', 'latency_p99_ms', milliseconds),
    row('memory of the server, empty', 'memory_idle_mb', (mb) => `${count(mb)} MB`),
    row(`memory, ${count(sizes.messages)} messages waiting`, 'memory_full_mb', (mb) => `${count(mb)} MB`),
    row('worker killed: done after, worst', 'recovery_s', seconds),
    row('worker killed: missing', 'missing', count),
    row('worker killed: twice', 'twice', count),
  ];
}

/** What the measured figures say, computed from them. */
function conclusion(journeys: Journey[], { figures, sizes }: Recorded): string {
  const spread = (figure: string) => {
    const values = journeys.map(({ broker }) => figures[`${broker}_${figure}`] ?? Number.NaN);
    return (Math.max(...values) / Math.min(...values)).toFixed(1);
  };
  return `Bare messages are up to ${spread('consumed_per_s')} times faster on one broker than on another, the fan-out to ${count(sizes.followers)} only ${spread('seconds')} times. One message stands for thousands of followers, so the broker’s own rate hardly matters.`;
}
