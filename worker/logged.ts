import { DeadLetter, type Delivery, type Handler } from '#broker/port.ts';
import { forLog } from '#core/for-log.ts';
import type { Ids, Log } from '#core/log.ts';
import { deliveryMessage, fanOutMessage, type QueueName } from '#core/messages.ts';
import { around } from '#worker/around.ts';
import type { WorkerContext } from '#worker/context.ts';

/** The same worker, which says what becomes of tweets, and of messages that fail: one line an event. */
export const logged = (context: WorkerContext, log: Log): WorkerContext => ({
  ...context,
  broker: around(context.broker, { handler: (queue, handler) => loggedHandler(queue, handler, log) }),
  finished: (fanOut, pushed) => {
    context.finished?.(fanOut, pushed);
    const { tweetId, authorId, chunks, isDelivered, traceparent } = fanOut;
    const ageMs = Math.round(fanOut.ageMs);
    if (isDelivered) log.event?.('delivered', traceparent, { tweetId, authorId, chunks, ageMs });
  },
});

const loggedHandler =
  (queue: QueueName, handler: Handler, log: Log): Handler =>
  async (delivery) => {
    try {
      await handler(delivery);
    } catch (error) {
      const what = error instanceof DeadLetter ? 'message given up' : 'message comes again';
      const ids = { queue, ...tweetsOf(delivery), reason: forLog(String(error)) };
      log.event?.(what, delivery.headers?.traceparent, ids);
      throw error;
    }
  };

/** Those of tasks have none. */
function tweetsOf({ body }: Delivery): Ids {
  const chunks = deliveryMessage.safeParse(body);
  if (chunks.success) {
    const { tweetId, chunk, count } = chunks.data;
    return { tweetId, chunk, chunks: count };
  }
  const fanOuts = fanOutMessage.safeParse(body);
  return fanOuts.success ? { tweetIds: fanOuts.data.tweetIds } : {};
}
