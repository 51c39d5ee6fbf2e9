import { describe, expect, test } from 'vitest';
import { openTempFolder } from '#dev/temp-folder.ts';
import { startClusterNode } from '#testing/cluster.ts';
import { bullmq } from './conformance/bullmq-fixture.ts';
import { conformance } from './conformance/conformance.ts';
import { openBroker } from './open-broker.ts';

describe(bullmq.name, () => conformance(bullmq));

test('the message about a Redis Cluster helps', async () => {
  const folder = openTempFolder('bullmq');
  const node = await startClusterNode(folder.dir);
  const broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: node.url });
  await expect(broker.depth('fan-out')).rejects.toThrow(/QUEUE_REDIS_URL.*Redis Cluster.*single Redis/);
  await broker.close(0);
  await node.stop();
  folder.remove();
});
