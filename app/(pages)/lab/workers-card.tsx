import type { FaultView, LabStateView } from '#api/contract.ts';
import { FAULTS, type FaultKind, MOST_WORKERS } from '#core/lab/fault-kinds.ts';
import { ActButtons, Broken } from './act-buttons.tsx';
import type { Act } from './use-act.ts';

/** What may be done to one worker. */
export const WORKER_FAULTS: FaultKind[] = ['worker-killed', 'worker-frozen'];

/** The workers: how many there are, and what may be done to each. */
export function WorkersCard({ state, act }: { state: LabStateView; act: Act | undefined }) {
  const { workers, usualWorkers, faults } = state;
  const changed = faults.find(({ target }) => target === 'workers');
  const broken = faults.some(({ target }) => target.startsWith('worker '));
  const resize = (count: number) => act?.cause({ kind: 'workers-changed', workers: count });
  return (
    <section aria-labelledby="part-workers" className="card p-4 sm:p-5 md:row-span-2">
      <h3 id="part-workers" className="font-semibold tabular-nums">
        Workers{' '}
        <span className="font-normal text-muted">
          {workers.length}, usually {usualWorkers}
        </span>
      </h3>
      <Broken fault={changed} act={act} />
      {act && (
        <div className="mt-3 flex flex-wrap gap-2">
          <button
            type="button"
            className="button"
            disabled={act.busy || broken || workers.length >= MOST_WORKERS}
            onClick={() => resize(workers.length + 1)}
          >
            Add a worker
          </button>
          <button
            type="button"
            className="button"
            disabled={act.busy || broken || workers.length === 0}
            onClick={() => resize(workers.length - 1)}
          >
            Remove a worker
          </button>
          <button
            type="button"
            className="button"
            disabled={act.busy || broken || changed !== undefined}
            onClick={() => act.cause({ kind: 'workers-replaced' })}
          >
            Replace all
          </button>
        </div>
      )}
      <ul className="mt-3 divide-y">
        {workers.map((letter) => (
          <li key={letter} className="py-2">
            <Worker
              letter={letter}
              fault={faults.find(({ target }) => target === `worker ${letter}`)}
              act={act}
            />
          </li>
        ))}
      </ul>
      {workers.length === 0 && (
        <p className="text-muted text-sm">No worker runs. Tweets are accepted and wait.</p>
      )}
      <dl className="mt-3 space-y-1 text-muted text-sm">
        {WORKER_FAULTS.map((kind) => (
          <div key={kind}>
            <dt className="inline font-medium text-ink">{FAULTS[kind].act}: </dt>
            <dd className="inline">{FAULTS[kind].does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

type WorkerProps = { letter: string; fault: FaultView | undefined; act: Act | undefined };

function Worker({ letter, fault, act }: WorkerProps) {
  return (
    <div className="flex flex-wrap items-center gap-2">
      <span className="min-w-20 flex-1 font-medium">Worker {letter}</span>
      <ActButtons kinds={WORKER_FAULTS} of={`worker ${letter}`} worker={letter} fault={fault} act={act} />
    </div>
  );
}
