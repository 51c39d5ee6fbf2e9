import type { ConsoleView } from '#api/contract.ts';
import { count } from '#app/ui/figures.ts';
import { Card } from './figure.tsx';
import { time } from './words.ts';

const PERCENTS = ['p50', 'p95', 'p99'] as const;

/** How long deliveries waited for a worker and how long their chunk then took. */
export function WaitsCard({ view: { waits } }: { view: ConsoleView }) {
  const rows = [
    { name: 'Wait', what: 'acceptance to a worker', times: waits.wait },
    { name: 'Run', what: 'worker to the ledger’s row', times: waits.run },
  ];
  return (
    <Card id="waits" title="How long" note="last 10 s">
      <table className="w-full text-sm tabular-nums">
        <thead>
          <tr className="text-left text-muted">
            <th scope="col" className="pb-1 font-normal">
              <span className="sr-only">Time</span>
            </th>
            {PERCENTS.map((percent) => (
              <th key={percent} scope="col" className="pb-1 pl-3 text-right font-normal">
                {percent}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="group-data-[stale=true]:text-muted">
          {rows.map(({ name, what, times }) => (
            <tr key={name} className="border-t">
              <th scope="row" className="py-1.5 text-left font-normal">
                {name} <span className="block text-muted text-xs">{what}</span>
              </th>
              {PERCENTS.map((percent) => (
                <td key={percent} className="py-1.5 pl-3 text-right font-medium">
                  {time(times?.[percent] ?? null)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="mt-2 text-muted text-xs tabular-nums">
        Over {count(waits.deliveries)} deliveries that were done; each counts once, whatever its chunk’s size.
      </p>
    </Card>
  );
}
