import type { Web } from '#api/root.ts';
import { deliveriesOf } from '#core/messages.ts';
import { handOver } from '#core/tasks/due.ts';

/** Hands chunks to the broker that were given up before. Failing is fine and is only logged: the relay publishes them. */
export async function publishChunks({ broker }: Web, tweetId: number, chunks: number[]): Promise<void> {
  await broker
    .publish('delivery', deliveriesOf(tweetId, chunks))
    .catch((error) =>
      console.warn(
        `The broker did not take chunks of tweet ${tweetId}, the relay will hand them over: ${error}`,
      ),
    );
}

/** Hands tasks to the broker that are due now; failing is as fine, the due loop publishes them. */
export async function publishTasks({ pool, broker }: Web, ids: number[]): Promise<void> {
  await handOver(pool, (queue, messages) => broker.publish(queue, messages), ids).catch((error) =>
    console.warn(`The broker did not take task ${ids[0]}, the due loop will hand it over: ${error}`),
  );
}
