import type { JobsView } from '#app/contract.ts';
import type { Broker } from '#broker/port.ts';
import type { QueueName } from '#core/messages.ts';

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
