import type { Message, Publish } from '#core/messages.ts';
import type { Tracing } from '#core/tracing/tracing.ts';

/**
 * Publishes, with one span for all messages of a trace that are published together. `parentOf` knows the trace of a message
 * that does not say it itself. A message without a trace goes as it is.
 */
export function tracedPublish(
  publish: Publish,
  tracing: Tracing,
  parentOf: (message: Message) => string | undefined = () => undefined,
): Publish {
  return async (queue, messages) => {
    const parents = messages.map((message) => message.headers?.traceparent ?? parentOf(message));
    if (parents.every((parent) => parent === undefined)) return publish(queue, messages);
    const spans = new Map(
      [...new Set(parents)].flatMap((parent) => {
        if (parent === undefined) return [];
        const attributes = {
          'messaging.operation.type': 'send',
          'messaging.destination.name': queue,
          'messaging.batch.message_count': parents.filter((each) => each === parent).length,
        };
        return [[parent, tracing.begin(`send ${queue}`, { kind: 'producer', parent, attributes })] as const];
      }),
    );
    const headed = messages.map((message, n) => {
      const traceparent = spans.get(parents[n] ?? '')?.traceparent;
      return traceparent === undefined
        ? message
        : { ...message, headers: { ...message.headers, traceparent } };
    });
    let failure: unknown;
    try {
      await publish(queue, headed);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      for (const span of spans.values()) span.end(failure);
    }
  };
}
