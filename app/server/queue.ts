import 'server-only';
import type { QueueView } from '#app/contract.ts';
import { web } from '#app/server/root.ts';
import { backlogLimit } from '#core/admission/admission.ts';
import { readBacklog } from '#core/admission/backlog.ts';
import { countUnfinished } from '#core/ledger/due.ts';
import { countWorkers } from '#core/ledger/workers.ts';

/** Deliveries from the ledger, jobs from the broker; a broker that is away leaves its figures null. */
export async function readQueue(): Promise<QueueView> {
  const { pool, broker, limits } = web();
  const [backlog, unfinished, workers, fanOut, delivery] = await Promise.all([
    readBacklog(pool),
    countUnfinished(pool),
    countWorkers(pool),
    broker.depth('fan-out').catch(() => null),
    broker.depth('delivery').catch(() => null),
  ]);
  return {
    deliveries: {
      backlog: backlog.deliveries,
      limit: backlogLimit(backlog.rate, limits),
      rate: backlog.rate || null,
    },
    fanOuts: { unfinished },
    jobs: { 'fan-out': fanOut, delivery },
    workers,
    at: new Date().toISOString(),
  };
}
