import type { JobsView, QueueView } from '#api/contract.ts';
import type { Web } from '#api/root.ts';
import type { Broker } from '#broker/port.ts';
import { backlogLimit, takenBy } from '#core/admission/admission.ts';
import { countUnfinished, readBacklog } from '#core/admission/backlog.ts';
import { readPause } from '#core/admission/pause.ts';
import { countWorkers } from '#core/ledger/workers.ts';
import type { QueueName } from '#core/messages.ts';
import { readLoss } from '#core/timelines/recognise.ts';

/** Reads deliveries from the ledger and messages from the broker; without the broker its figures are null. */
export async function readQueue({ pool, broker, limits }: Web): Promise<QueueView> {
  const [backlog, unfinished, workers, pause, loss, jobs] = await Promise.all([
    readBacklog(pool),
    countUnfinished(pool),
    countWorkers(pool),
    readPause(pool),
    readLoss(pool),
    readJobs(broker),
  ]);
  return {
    deliveries: {
      backlog: backlog.deliveries,
      taken: takenBy(backlog),
      limit: backlogLimit(backlog, limits),
      rate: backlog.rate || null,
    },
    fanOuts: { unfinished },
    jobs,
    workers,
    pause,
    loss,
    at: new Date().toISOString(),
  };
}

/** Messages of every queue; null while the broker is away. */
export async function readJobs(broker: Broker): Promise<Record<QueueName, JobsView | null>> {
  const depth = (queue: QueueName) => broker.depth(queue).catch(() => null);
  const [fanOut, delivery, task, urgent] = await Promise.all([
    depth('fan-out'),
    depth('delivery'),
    depth('task'),
    depth('urgent'),
  ]);
  return { 'fan-out': fanOut, delivery, task, urgent };
}
