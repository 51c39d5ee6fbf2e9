import { type Job, Queue } from 'bullmq';
import type { QueueName } from '#core/messages.ts';
import type { QueueClient } from './bullmq-connection.ts';
import { NEVER } from './bullmq-consumer.ts';
import type { DeadLettered, Depth } from './port.ts';

/* The queues of BullMQ as operators see them: what waits in them, and what was given up. */

export function openQueue(name: QueueName, where: { connection: QueueClient; prefix: string }): Queue {
  const queue = new Queue(name, {
    ...where,
    skipVersionCheck: true,
    // Nobody reads the event stream; its default of 10,000 entries is 1 MB a queue.
    streams: { events: { maxLen: 100 } },
    defaultJobOptions: { attempts: NEVER, backoff: { type: 'custom' }, stackTraceLimit: 1 },
  });
  queue.on('error', () => {});
  return queue;
}

export async function depthOf(queue: Queue): Promise<Depth> {
  const counts = await queue.getJobCounts('wait', 'delayed', 'active', 'failed');
  const { wait = 0, delayed = 0, active = 0, failed = 0 } = counts;
  return { waiting: wait + delayed, inFlight: active, dead: failed };
}

export async function deadLettersOf(queue: Queue, limit: number): Promise<DeadLettered[]> {
  const jobs = limit > 0 ? await queue.getFailed(0, limit - 1) : [];
  return jobs.map(toDeadLettered);
}

const RETRY_BATCH = 1_000;

export async function redriveAll(queue: Queue): Promise<number> {
  const count = await queue.getFailedCount();
  await queue.retryJobs({ state: 'failed', count: RETRY_BATCH });
  return count;
}

export async function discardFrom(queue: Queue, isMeant: (letter: DeadLettered) => boolean): Promise<number> {
  const meant = (await queue.getFailed()).filter((job) => isMeant(toDeadLettered(job)));
  const removed = await Promise.all(meant.map(({ id = '' }) => queue.remove(id)));
  return removed.reduce((sum, count) => sum + count, 0);
}

function toDeadLettered(job: Job): DeadLettered {
  return {
    body: job.data,
    error: job.failedReason ?? '',
    at: new Date(job.finishedOn ?? job.timestamp),
  };
}
