import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { brokerVariables } from '#broker/variables.ts';
import { chunkMessages } from '#lab/load/bare-messages.ts';
import { eventually } from '#testing/eventually.ts';
import { openWorld, type World } from '#testing/world.ts';
import { handedOutTwice } from './changes.ts';

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

test.each([
  [0, 20],
  [3, 26],
  [10, 40],
])('with %i of ten messages handed out twice, twenty are handled %i times', async (ofTen, times) => {
  let handled = 0;
  const handler = async () => {
    handled += 1;
  };
  await broker.publish('delivery', chunkMessages(20, 100 * ofTen));
  const consumer = handedOutTwice(broker, ofTen).consume('delivery', handler, { concurrency: 1 });
  await eventually(async () => expect(handled).toBeGreaterThanOrEqual(times));
  await consumer.stop(1_000);
  expect(handled).toBe(times);
  expect(await broker.depth('delivery')).toMatchObject({ waiting: 0, inFlight: 0 });
});
