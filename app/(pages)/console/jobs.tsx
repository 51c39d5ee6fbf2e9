import type { ConsoleView } from '#api/contract.ts';
import { ActButtons } from '#app/(pages)/lab/act-buttons.tsx';
import { useAct } from '#app/(pages)/lab/use-act.ts';
import { useLab } from '#app/browser/live/lab.tsx';
import { count } from '#app/ui/figures.ts';
import type { FaultKind } from '#core/lab/fault-kinds.ts';
import { Card } from './figure.tsx';
import { NotDone } from './not-done.tsx';

const QUEUES = [
  { queue: 'fan-out', what: 'one job a tweet' },
  { queue: 'delivery', what: 'one job a chunk' },
  { queue: 'task', what: 'one job a task that is due' },
  { queue: 'urgent', what: 'one job a task of high priority' },
] as const;
const STATES = [
  { state: 'waiting', title: 'waiting' },
  { state: 'inFlight', title: 'in flight' },
  { state: 'dead', title: 'dead' },
] as const;

/** Messages of the broker by queue and state. */
export function Jobs({ view: { jobs } }: { view: ConsoleView }) {
  return (
    <Card id="jobs" title="Jobs" note="messages of the broker, now">
      <table className="w-full text-sm tabular-nums">
        <thead>
          <tr className="text-left text-muted">
            <th scope="col" className="pb-1 font-normal">
              Queue
            </th>
            {STATES.map(({ state, title }) => (
              <th key={state} scope="col" className="pb-1 pl-3 text-right font-normal">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="group-data-[stale=true]:text-muted">
          {QUEUES.map(({ queue, what }) => (
            <tr key={queue} className="border-t">
              <th scope="row" className="py-1.5 text-left font-normal">
                {queue} <span className="block text-muted text-xs">{what}</span>
              </th>
              {STATES.map(({ state }) => (
                <td key={state} className="py-1.5 pl-3 text-right font-medium">
                  <Depth value={jobs[queue]?.[state]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <BreakQueue />
    </Card>
  );
}

const QUEUE_FAULTS: FaultKind[] = ['queue-killed', 'queue-emptied'];

/** Breaks the queue. Only an operator sees it, and only where the lab is on and may touch the server. */
function BreakQueue() {
  const { state } = useLab();
  const { act, problem } = useAct();
  const isOurs = state?.parts.some(({ name, isEmbedded }) => name === 'queue' && isEmbedded);
  if (!state || !isOurs) return null;
  const fault = state.faults.find(({ target }) => target === 'queue');
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2 empty:hidden">
      <ActButtons kinds={QUEUE_FAULTS} of="queue" fault={fault} act={act} />
      <NotDone problem={problem} />
    </div>
  );
}

function Depth({ value }: { value: number | undefined }) {
  return value === undefined ? <span className="text-bad">away</span> : count(value);
}
