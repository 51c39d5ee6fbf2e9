import type { Delivery, Handler } from '#broker/port.ts';
import { deliveryMessage, fanOutMessage, type QueueName } from '#core/messages.ts';
import { tracedPublish } from '#core/tracing/traced-publish.ts';
import type { Attributes, Span, Tracing } from '#core/tracing/tracing.ts';
import { around } from '#worker/around.ts';
import type { WorkerContext } from '#worker/context.ts';

/**
 * The same worker, with a span for each message that belongs to a trace. What it publishes while it handles a fan-out belongs
 * to the span of that message. That goes by the tweet: to carry it along with the call, as AsyncLocalStorage does, would slow
 * down every promise of the process.
 */
export function traced(context: WorkerContext, tracing: Tracing): WorkerContext {
  const handled = new Map<number, Span>();
  return {
    ...context,
    broker: around(context.broker, {
      publish: (publish) =>
        tracedPublish(publish, tracing, ({ group }) => handled.get(Number(group))?.traceparent),
      handler: (queue, handler) => tracedHandler(queue, handler, { tracing, handled }),
    }),
  };
}

type Traces = { tracing: Tracing; handled: Map<number, Span> };

const tracedHandler =
  (queue: QueueName, handler: Handler, { tracing, handled }: Traces): Handler =>
  async (delivery) => {
    const { traceparent: parent, links = '', traced: ids } = delivery.headers ?? {};
    if (parent === undefined) return handler(delivery);
    const { tweetIds, attributes } = aboutOf(delivery);
    const span = tracing.begin(`process ${queue}`, {
      ...{ kind: 'consumer' as const, parent, links: links.split(' ').filter(Boolean) },
      attributes: {
        'messaging.operation.type': 'process',
        'messaging.destination.name': queue,
        ...(delivery.redelivered && { 'messaging.redelivered': true }),
        ...attributes,
      },
    });
    // A message of the version before does not name those that are traced.
    const own = ids === undefined ? tweetIds : tweetIds.filter((each) => ids.split(' ').includes(`${each}`));
    for (const tweetId of own) handled.set(tweetId, span);
    try {
      await handler(delivery);
      span.end();
    } catch (error) {
      span.end(error);
      throw error;
    } finally {
      for (const tweetId of own) if (handled.get(tweetId) === span) handled.delete(tweetId);
    }
  };

/** What a message is about, and the fan-outs that may publish more while it is handled. */
function aboutOf({ body }: Delivery): { tweetIds: number[]; attributes: Attributes } {
  const chunks = deliveryMessage.safeParse(body);
  if (chunks.success) {
    const { tweetId, chunk, count } = chunks.data;
    const attributes = { 'tweet.id': tweetId, 'chunk.first': chunk, 'chunk.count': count };
    return { tweetIds: [], attributes };
  }
  const fanOuts = fanOutMessage.safeParse(body);
  const tweetIds = fanOuts.success ? fanOuts.data.tweetIds : [];
  return { tweetIds, attributes: { 'tweet.ids': tweetIds.join(' ') } };
}
