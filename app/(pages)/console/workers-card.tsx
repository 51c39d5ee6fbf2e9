import Link from 'next/link';
import type { ReactNode } from 'react';
import type { ConsoleInternals } from '#api/contract.ts';
import { ActButtons } from '#app/(pages)/lab/act-buttons.tsx';
import { useAct } from '#app/(pages)/lab/use-act.ts';
import { WORKER_FAULTS } from '#app/(pages)/lab/workers-card.tsx';
import { useLab } from '#app/browser/live/lab.tsx';
import { count, counted, duration } from '#app/ui/figures.ts';
import { Card } from './figure.tsx';
import { NotDone } from './not-done.tsx';

type Worker = ConsoleInternals['workers'][number];

const SHOWN = 6; // chunks a worker

/** What each worker process does now: one row each, with a block for each chunk that it has taken. */
export function WorkersCard({ workers }: { workers: Worker[] }) {
  const { state } = useLab();
  const { act, problem } = useAct();
  return (
    <Card id="workers" title="Workers" note="chunks in flight, looked at once a second">
      {workers.length === 0 ? (
        <p className="text-bad text-sm">
          No worker reports. Tweets are accepted and kept. They are delivered when one runs again.
        </p>
      ) : (
        <ul className="divide-y">
          {workers.map((worker) => (
            <WorkerRow key={worker.worker} {...worker}>
              {state?.workers.includes(worker.worker) && (
                <ActButtons
                  kinds={WORKER_FAULTS}
                  of={`worker ${worker.worker}`}
                  worker={worker.worker}
                  fault={state.faults.find(({ target }) => target === `worker ${worker.worker}`)}
                  act={act}
                />
              )}
            </WorkerRow>
          ))}
        </ul>
      )}
      <NotDone problem={problem} />
    </Card>
  );
}

function WorkerRow({ worker, alive, doing, children }: Worker & { children: ReactNode }) {
  return (
    <li className="flex min-h-14 flex-wrap items-center gap-x-4 gap-y-2 py-2 sm:flex-nowrap">
      <span className="w-full min-w-0 sm:w-32 sm:shrink-0">
        <span className="block truncate font-medium text-sm">{worker}</span>
        <span className={`text-xs ${alive ? 'text-muted' : 'text-bad'}`}>
          {alive ? workload(doing) : 'has not reported for 5 s'}
        </span>
      </span>
      <ul className="flex min-w-0 flex-1 flex-wrap gap-2">
        {doing.slice(0, SHOWN).map((work) => (
          <li key={`${work.tweetId}-${work.number}`}>
            <Link
              href={`/t/${work.tweetId}/delivery`}
              className="block rounded-lg border px-2 py-1 text-xs tabular-nums hover:border-accent group-data-[stale=true]:text-muted"
            >
              tweet {work.tweetId} · chunk {count(work.number + 1)} · {counted(work.expected, 'follower')} ·{' '}
              {duration(work.ms)}
              {work.attempts > 1 && ` · attempt ${work.attempts}`}
            </Link>
          </li>
        ))}
        {doing.length > SHOWN && (
          <li className="py-1 text-muted text-xs">and {count(doing.length - SHOWN)} more</li>
        )}
      </ul>
      <span className="flex flex-wrap items-center gap-2">{children}</span>
    </li>
  );
}

function workload(doing: Worker['doing']): string {
  return doing.length === 0 ? 'waits for work' : counted(doing.length, 'chunk');
}
