import type { Web } from '#api/root.ts';
import { forLog } from '#core/for-log.ts';
import { deliveriesOf } from '#core/messages.ts';
import { handOver } from '#core/tasks/due.ts';

/** Hands chunks that are retried to the broker. A failure is only logged: the relay publishes them then. */
export async function handOverChunks({ broker, log }: Web, tweetId: number, chunks: number[]): Promise<void> {
  await broker
    .publish('delivery', deliveriesOf(tweetId, chunks))
    .catch((error) =>
      log.warn(
        `The broker did not take chunks of tweet ${tweetId}, the relay will hand them over: ${forLog(String(error))}`,
        { tweetId },
      ),
    );
}

/** Hands tasks to the broker that are due now. When that fails, the due loop publishes them. */
export async function handOverTasks({ pool, broker, log }: Web, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  await handOver(pool, (queue, messages) => broker.publish(queue, messages), ids).catch((error) =>
    log.warn(
      `Tasks were not handed to the broker, the due loop will do it: ${ids}: ${forLog(String(error))}`,
    ),
  );
}
