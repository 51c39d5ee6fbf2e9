import 'server-only';
import { web } from '#app/server/root.ts';
import { deliveriesOf, type FanOut } from '#core/messages.ts';
import { handOver } from '#core/tasks/due.ts';

/** Hands a tweet's fan-out to the broker, after its commit and after its answer, with those that come at the same time. */
export const publishFanOut = (fanOut: FanOut): Promise<void> => web().publisher.publish(fanOut);

/** Hands chunks to the broker that were given up before; failing is as fine. */
export async function publishChunks(tweetId: number, chunks: number[]): Promise<void> {
  await web()
    .broker.publish('delivery', deliveriesOf(tweetId, chunks))
    .catch((error) =>
      console.warn(
        `The broker did not take chunks of tweet ${tweetId}, the relay will hand them over: ${error}`,
      ),
    );
}

/** Hands tasks to the broker that are due now; failing is as fine, the due loop publishes them. */
export async function publishTasks(ids: number[]): Promise<void> {
  const { pool, broker } = web();
  await handOver(pool, (queue, messages) => broker.publish(queue, messages), ids).catch((error) =>
    console.warn(`The broker did not take task ${ids[0]}, the due loop will hand it over: ${error}`),
  );
}
