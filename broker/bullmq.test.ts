import { describe, expect, test } from 'vitest';
import { HOUR } from '#core/durations.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { startClusterNode } from '#testing/cluster.ts';
import { eventually } from '#testing/eventually.ts';
import { bullmq } from './conformance/bullmq-fixture.ts';
import { conformance } from './conformance/conformance.ts';
import { depthBecomes, message } from './conformance/stage.ts';
import { openBroker } from './open-broker.ts';
import { RetryLater } from './port.ts';

describe(bullmq.name, () => conformance(bullmq));

test('a message that a clock has put off by an hour comes when it is published again', async () => {
  const server = await bullmq.start();
  const broker = openBroker(server.config);
  const tries: number[] = [];
  broker.consume(
    'delivery',
    async () => {
      if (tries.push(tries.length) === 1)
        throw new RetryLater(HOUR, 'as by a worker whose clock is an hour ahead');
    },
    { concurrency: 1 },
  );
  await broker.publish('delivery', [message('put off')]);
  await eventually(() => expect(tries).toEqual([0]));
  await depthBecomes(broker, 'delivery', { waiting: 1, inFlight: 0 });
  await broker.publish('delivery', [message('put off')]);
  await eventually(() => expect(tries).toEqual([0, 1]));
  await broker.close(1_000);
  await server.stop();
});

test('the message about a Redis Cluster helps', async () => {
  const folder = openTempFolder('bullmq');
  const node = await startClusterNode(folder.dir);
  const broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: node.url });
  await expect(broker.depth('fan-out')).rejects.toThrow(/QUEUE_REDIS_URL.*Redis Cluster.*redis-cluster:/);
  await broker.close(0);
  await node.stop();
  folder.remove();
});
