import type { Web } from '#api/root.ts';
import { forLog } from '#core/for-log.ts';
import { deliveriesOf } from '#core/messages.ts';
import { handOver } from '#core/tasks/due.ts';

/** Work that goes on after an answer. If the process dies, the relay or the due loop finds it again. */
export class AfterAnswer {
  readonly #running = new Set<Promise<void>>();

  /** Runs `work` after the answer was handed to its connection. A failure is logged. */
  run(work: () => unknown): void {
    const running = new Promise<void>((resolve) => setImmediate(resolve))
      .then(work)
      .catch((error: unknown) => console.warn(`Behind an answer: ${forLog(String(error))}`))
      .then(() => void this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing runs any more, or at the deadline. */
  async settled(deadlineMs: number): Promise<void> {
    const late = AbortSignal.timeout(deadlineMs);
    while (this.#running.size > 0 && !late.aborted)
      await Promise.race([
        Promise.all(this.#running),
        new Promise((resolve) => late.addEventListener('abort', resolve, { once: true })),
      ]);
  }
}

/** Hands chunks that are retried to the broker. A failure is only logged: the relay publishes them then. */
export async function publishChunks({ broker }: Web, tweetId: number, chunks: number[]): Promise<void> {
  await broker
    .publish('delivery', deliveriesOf(tweetId, chunks))
    .catch((error) =>
      console.warn(
        `The broker did not take chunks of tweet ${tweetId}, the relay will hand them over: ${forLog(String(error))}`,
      ),
    );
}

/** Hands tasks to the broker that are due now. When that fails, the due loop publishes them. */
export async function publishTasks({ pool, broker }: Web, ids: number[]): Promise<void> {
  if (ids.length === 0) return;
  await handOver(pool, (queue, messages) => broker.publish(queue, messages), ids).catch((error) =>
    console.warn(
      `Tasks were not handed to the broker, the due loop will do it: ${ids}: ${forLog(String(error))}`,
    ),
  );
}
