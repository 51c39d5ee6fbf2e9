import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { brokerVariables } from '#broker/variables.ts';
import type { Message, QueueName } from '#core/messages.ts';
import { override } from '#testing/override.ts';
import { openWorld, type World } from '#testing/world.ts';
import { type FillOrder, fillQueue } from './fill-queue.ts';

const ORDER: FillOrder = { levels: [1_000, 2_000], sample: 100, singles: 2, seconds: 10 };

let world: World;
let broker: Broker;
beforeAll(async () => {
  world = await openWorld();
  broker = openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: world.queueRedisUrl }));
});
afterAll(async () => {
  await broker.close(0);
  await world.close();
});

/** The same broker, which does something else with the first large batch. */
function spoiltOnce(spoil: (queue: QueueName, messages: Message[]) => Promise<void>): Broker {
  let isSpoilt = false;
  return override(broker, {
    publish: async (queue: QueueName, messages: Message[]) => {
      if (isSpoilt || messages.length < 500) return broker.publish(queue, messages);
      isSpoilt = true;
      await spoil(queue, messages);
    },
  });
}

const drainOf = async (spoilt: Broker) =>
  (await fillQueue({ broker: spoilt, pid: process.pid }, ORDER)).drain(10_000);

test('messages that were confirmed and never came are counted, whatever came beside them', async () => {
  const losing = spoiltOnce(async (queue, messages) => {
    const others = [1, 2, 3].map((n) => ({
      key: `9-${n}`,
      body: { tweetId: 9, chunk: 900_000 + n },
      group: '9',
    }));
    await broker.publish(queue, [...messages.slice(3), ...others]);
  });
  expect(await drainOf(losing)).toEqual({ lost: 3, left: 0 });
});

test('a publish that was refused and had stored its messages loses nothing', async () => {
  const refusing = spoiltOnce(async (queue, messages) => {
    await broker.publish(queue, messages);
    throw new Error('Expected by this test: the answer was lost');
  });
  expect(await drainOf(refusing)).toEqual({ lost: 0, left: 0 });
});
