import type { Broker, Handler } from '#broker/port.ts';
import type { Publish, QueueName } from '#core/messages.ts';

/** What is put around the messages of a broker. */
export type Around = {
  publish?(publish: Publish): Publish;
  handler?(queue: QueueName, handler: Handler): Handler;
};

/** The same broker with something around what is published, and around the handlers of what is taken. */
export function around(broker: Broker, { publish, handler }: Around): Broker {
  const own: Publish = broker.publish.bind(broker);
  return {
    publish: publish ? publish(own) : own,
    consume: (queue, handle, options) =>
      broker.consume(queue, handler ? handler(queue, handle) : handle, options),
    depth: broker.depth.bind(broker),
    deadLetters: broker.deadLetters.bind(broker),
    redrive: broker.redrive.bind(broker),
    discard: broker.discard.bind(broker),
    memory: broker.memory.bind(broker),
    ping: broker.ping.bind(broker),
    close: broker.close.bind(broker),
  };
}
