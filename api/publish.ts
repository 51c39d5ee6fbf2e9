import type { Web } from '#api/root.ts';
import { markPublished } from '#core/ledger/due.ts';
import { deliveriesOf, fanOutOf, type Message, type QueueName } from '#core/messages.ts';
import { handOver } from '#core/tasks/due.ts';

/**
 * Hands a tweet's fan-out to the broker, after its commit and after its answer. Failing is fine and is only logged: the
 * row stays due, and the relay publishes it.
 */
export async function publishFanOut(web: Web, tweetId: number): Promise<void> {
  if (await published(web, 'fan-out', [fanOutOf(tweetId)]))
    await markPublished(web.pool, [tweetId]).catch(() => {});
}

/** Hands chunks to the broker that were given up before; failing is as fine. */
export async function publishChunks(web: Web, tweetId: number, chunks: number[]): Promise<void> {
  await published(web, 'delivery', deliveriesOf(tweetId, chunks));
}

/** Hands tasks to the broker that are due now; failing is as fine, the due loop publishes them. */
export async function publishTasks({ pool, broker }: Web, ids: number[]): Promise<void> {
  await handOver(pool, (queue, messages) => broker.publish(queue, messages), ids).catch((error) =>
    console.warn(`The broker did not take task ${ids[0]}, the due loop will hand it over: ${error}`),
  );
}

async function published({ broker }: Web, queue: QueueName, messages: Message[]): Promise<boolean> {
  try {
    await broker.publish(queue, messages);
    return true;
  } catch (error) {
    console.warn(
      `The broker did not take ${queue} ${messages[0]?.key}, the relay will hand it over: ${error}`,
    );
    return false;
  }
}
