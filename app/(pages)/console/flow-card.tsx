import type { ConsoleView } from '#api/contract.ts';
import { count, counted } from '#app/ui/figures.ts';
import { MINUTE_MS, type Minute } from '#core/console/minute.ts';
import { Chart } from './chart.tsx';
import { Card, Figure } from './figure.tsx';
import { type Mark, useLabMarks } from './lab-marks.ts';
import { perSecond, share, time, windowOf } from './words.ts';

/** Deliveries: how many wait, how many come and go, and what share of the capacity that takes. */
export function FlowCard({ view, minute }: { view: ConsoleView; minute: Minute }) {
  const { backlog, fanOuts, arrivals, completions, oldestWaitingMs } = view;
  const within = windowOf(view);
  const marks = useLabMarks(Date.parse(view.at), MINUTE_MS);
  return (
    <Card id="deliveries" title="Deliveries" note="of all web and worker processes">
      <dl className="mb-5 grid grid-cols-2 gap-x-4 gap-y-3 sm:grid-cols-3">
        <Figure
          name="Backlog (L now)"
          value={count(backlog)}
          note={`deliveries of ${counted(fanOuts, 'tweet')}`}
        />
        <Figure name="Arrival rate λ" value={perSecond(arrivals)} note={`deliveries promised, ${within}`} />
        <Figure name="Completion rate μ" value={perSecond(completions)} note={`deliveries done, ${within}`} />
        <Figure name="Utilisation" {...utilisation(view)} />
        <Figure name="Oldest waiting" value={time(oldestWaitingMs)} note="since its fan-out was accepted" />
        <Figure name="Posted now, done in" value={predictedWait(view)} note="taken ÷ service rate" />
      </dl>
      <div className="grid gap-5 lg:grid-cols-2">
        <Chart title="Backlog" unit="deliveries" lines={backlogLines(minute)} marks={marks} />
        <Chart title="Rates" unit="deliveries a second" lines={rateLines(minute)} marks={marks} />
      </div>
      <Marked marks={marks} />
    </Card>
  );
}

/** Says what the upright lines in the charts are. */
function Marked({ marks }: { marks: Mark[] }) {
  if (marks.length === 0) return null;
  return (
    <section aria-label="Broken or healed on purpose" className="mt-4 text-sm">
      <h3 className="text-muted">Broken or healed on purpose within these 60 s</h3>
      <ol className="mt-1 tabular-nums">
        {marks.slice(0, MARKED).map(({ id, at, text }) => (
          <li key={id}>
            {new Date(at).toISOString().slice(11, 19)} UTC {text}
          </li>
        ))}
      </ol>
    </section>
  );
}

const MARKED = 6;

function backlogLines(minute: Minute) {
  return [
    {
      name: 'backlog',
      stroke: 'stroke-accent',
      points: minute.map(({ at, backlog }) => ({ at, value: backlog })),
    },
    {
      name: 'taken of the limit',
      stroke: 'stroke-warn',
      points: minute.map(({ at, taken }) => ({ at, value: taken })),
    },
    {
      name: 'limit',
      stroke: 'stroke-bad',
      dashed: true,
      points: minute.map(({ at, limit }) => ({ at, value: limit })),
    },
  ];
}

function rateLines(minute: Minute) {
  return [
    {
      name: 'λ in',
      stroke: 'stroke-warn',
      dashed: true,
      points: minute.map(({ at, arrivals }) => ({ at, value: arrivals })),
    },
    {
      name: 'μ out',
      stroke: 'stroke-good',
      points: minute.map(({ at, completions }) => ({ at, value: completions })),
    },
  ];
}

/**
 * The share of the known capacity that is used. It is measured in cost, because a tweet to twelve is more work than its
 * twelve deliveries. The service rate is a moving mean, so the present rate may be higher.
 */
function utilisation({ costDone, serviceRate }: ConsoleView): { value: string; note: string } {
  if (costDone === null || serviceRate === null)
    return { value: 'not known', note: 'no service rate yet: it is measured while 50,000 deliveries wait' };
  const capacity = Math.max(costDone, serviceRate);
  return { value: share(costDone / capacity), note: `of ${perSecond(capacity)}, what all workers can do` };
}

function predictedWait({ taken, serviceRate, pause }: ConsoleView): string {
  if (pause.paused) return 'paused';
  return serviceRate === null ? 'not known' : time((taken / serviceRate) * 1_000);
}
