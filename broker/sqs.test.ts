import { SQS } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { conformance } from './conformance/conformance.ts';
import type { TestServer } from './conformance/fixture.ts';
import { sqs } from './conformance/sqs-fixture.ts';
import { depthBecomes, eventually, Inbox, message } from './conformance/stage.ts';
import { openBroker } from './open-broker.ts';
import { BrokerAway } from './port.ts';
import { delaySeconds } from './sqs.ts';

describe(sqs.name, () => conformance(sqs));

describe('what only SQS does', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await sqs.start();
  });
  afterAll(() => server.stop());

  test('a batch that was taken in part is refused, so that the rest is published again', async () => {
    const broker = openBroker(server.config);
    await depthBecomes(broker, 'delivery', { waiting: 0 });
    await limitMessages(server.url, 2_000);
    const batch = [message('a'), { key: 'large', body: 'x'.repeat(3_000) }, message('b')];

    await expect(broker.publish('delivery', batch)).rejects.toThrow(BrokerAway);
    await depthBecomes(broker, 'delivery', { waiting: 2 });

    await limitMessages(server.url, 200_000);
    await broker.publish('delivery', batch);
    const inbox = new Inbox();
    broker.consume('delivery', inbox.handler, { concurrency: 3 });
    await eventually(() => expect(inbox.bodies()).toEqual(['a', 'b', 'x'.repeat(3_000)]));
    await broker.close(1_000);
  });

  test('a delay beyond 15 minutes is taken in pieces of which none is too long', () => {
    expect(delaySeconds(20 * 60 * 1_000)).toBe(900);
    expect(delaySeconds(1_001)).toBe(2);
    expect(delaySeconds(-5)).toBe(0);
  });
});

/** Changes what the queue takes, as the only way to have one message of a batch refused. */
async function limitMessages(endpoint: string, bytes: number): Promise<void> {
  const admin = new SQS({ region: 'us-east-1', endpoint, useQueueUrlAsEndpoint: false });
  const { QueueUrls = [] } = await admin.listQueues();
  for (const QueueUrl of QueueUrls) {
    await admin.setQueueAttributes({ QueueUrl, Attributes: { MaximumMessageSize: `${bytes}` } });
  }
  admin.destroy();
}
