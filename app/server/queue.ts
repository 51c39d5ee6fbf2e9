import 'server-only';
import type { QueueView } from '#app/contract.ts';
import { readJobs } from '#app/server/jobs.ts';
import { web } from '#app/server/root.ts';
import { backlogLimit } from '#core/admission/admission.ts';
import { readBacklog } from '#core/admission/backlog.ts';
import { readPause } from '#core/admission/pause.ts';
import { countUnfinished } from '#core/ledger/due.ts';
import { countWorkers } from '#core/ledger/workers.ts';
import { readDeadTasks } from '#core/tasks/dead.ts';

const DEAD_TASKS = 100;

/** Deliveries from the ledger, jobs from the broker; a broker that is away leaves its figures null. */
export async function readQueue(): Promise<QueueView> {
  const { pool, broker, limits } = web();
  const [backlog, unfinished, workers, pause, jobs, deadTasks] = await Promise.all([
    readBacklog(pool),
    countUnfinished(pool),
    countWorkers(pool),
    readPause(pool),
    readJobs(broker),
    readDeadTasks(pool, DEAD_TASKS),
  ]);
  return {
    deliveries: {
      backlog: backlog.deliveries,
      limit: backlogLimit(backlog, limits),
      rate: backlog.rate || null,
    },
    fanOuts: { unfinished },
    jobs,
    deadTasks,
    workers,
    pause,
    at: new Date().toISOString(),
  };
}
