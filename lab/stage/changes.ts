import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import type { Broker, ConsumeOptions, Consumer, Handler } from '#broker/port.ts';
import type { Message, QueueName } from '#core/messages.ts';
import { override } from '#testing/override.ts';

/*
 * How the workers of a stage may differ from the product's. No setting of the product can do this: changed-worker.ts
 * wraps the connections that it opens itself.
 */

/** Every way in which a worker of a stage may differ. */
export const CHANGES = ['handed out twice', 'without receipt', 'one lane'] as const;
export type Change = (typeof CHANGES)[number];

const isEffect = (queue: QueueName) => queue === 'fan-out' || queue === 'delivery';

/**
 * Handles fan-outs and chunks twice at once, as happens when a lease runs out: so many of ten messages. Both have to
 * succeed.
 */
export function handedOutTwice(broker: Broker, ofTen = 10): Broker {
  let messages = 0;
  const isTwice = () => (++messages * ofTen) % 10 < ofTen;
  return override(broker, {
    consume: (queue: QueueName, handler: Handler, options: ConsumeOptions) => {
      const twice: Handler = async (delivery) =>
        void (await Promise.all([handler(delivery), ...(isTwice() ? [handler(delivery)] : [])]));
      return broker.consume(queue, isEffect(queue) ? twice : handler, options);
    },
  });
}

/** Pushes chunks without looking for their receipts: in the product's script the condition becomes false. */
export function withoutReceipt(redis: Redis): Redis {
  const source = readFileSync('core/lua/deliver.lua', 'utf8');
  const sha = createHash('sha1').update(source).digest('hex');
  const changed = source.replace('\nif receipt then\n', '\nif false then\n');
  if (changed === source) throw new Error('Expected deliver.lua to ask for the receipt, it does not');
  return override(redis, {
    evalsha: (asked: string, keys: number, ...args: string[]) =>
      asked === sha ? redis.eval(changed, keys, ...args) : redis.evalsha(asked, keys, ...args),
  });
}

/** Puts the chunks of large fan-outs into the queue of the fan-outs: first come, first served. */
export function inOneLane(broker: Broker): Broker {
  const handlers = new Map<QueueName, Handler>();
  const either: Handler = async (delivery) => {
    const isChunk = typeof delivery.body === 'object' && delivery.body !== null && 'chunk' in delivery.body;
    await handlers.get(isChunk ? 'delivery' : 'fan-out')?.(delivery);
  };
  return override(broker, {
    publish: (queue: QueueName, messages: Message[]) =>
      broker.publish(queue === 'delivery' ? 'fan-out' : queue, messages),
    consume: (queue: QueueName, handler: Handler, options: ConsumeOptions): Consumer => {
      if (!isEffect(queue)) return broker.consume(queue, handler, options);
      handlers.set(queue, handler);
      return queue === 'fan-out' ? broker.consume(queue, either, options) : TAKES_NOTHING;
    },
  });
}

const TAKES_NOTHING: Consumer = { resize: () => {}, stop: async () => {} };
