import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQS } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventually } from '#testing/eventually.ts';
import { amazon } from './conformance/amazon-fixture.ts';
import { conformance } from './conformance/conformance.ts';
import type { TestServer } from './conformance/fixture.ts';
import { onSqs, sqs } from './conformance/sqs-fixture.ts';
import { depthBecomes, Inbox, message } from './conformance/stage.ts';
import { openBroker, openOwnBroker } from './open-broker.ts';
import { BrokerAway } from './port.ts';
import { delaySeconds } from './sqs.ts';

describe(sqs.name, () => conformance(sqs));

describe('SQS of Amazon', () => {
  const { TEST_AWS_REGION: region } = process.env;
  if (region) conformance(amazon(region));
  else test.skip('the same suite: set TEST_AWS_REGION, and AWS credentials that may make and delete queues');
});

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

  test('whether it answers is asked of one’s own queues: no other is made', async () => {
    const own = openOwnBroker(server.config, 'asked', ['task']);
    await own.ping();
    const { QueueUrls = [] } = await onSqs(server.url, (admin) => admin.listQueues());
    const made = QueueUrls.flatMap((url) => url.split('asked-')[1] ?? []);
    expect(made.sort()).toEqual(['task', 'task-dead']);
    await own.remove();
    await own.close(0);
  });

  test('a delay beyond 15 minutes is taken in pieces of which none is too long', () => {
    expect(delaySeconds(20 * 60 * 1_000)).toBe(900);
    expect(delaySeconds(1_001)).toBe(2);
    expect(delaySeconds(-5)).toBe(0);
  });
});

/*
 * No stand-in makes this fault: they all take any credentials. So the server here is our own, and knows nothing of
 * queues. The real SDK asks it, and it answers as Amazon documents, in the current protocol: the error's name is in
 * `__type`, and its name in the old protocol is in a header, which the SDK prefers.
 */
describe('credentials that Amazon refuses', () => {
  const SECRETS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'] as const;
  let refusal: { status: number; type: string; old?: string; message: string };
  const amazon = createServer((_request, response) => {
    const { status, type, old, message: text } = refusal;
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      ...(old && { 'x-amzn-query-error': `${old};Sender` }),
    });
    response.end(JSON.stringify({ __type: `com.amazon.coral.service#${type}`, message: text }));
  });
  beforeAll(() => once(amazon.listen(0, '127.0.0.1'), 'listening'));
  afterAll(() => amazon.close());
  beforeEach(() => {
    for (const name of SECRETS) vi.stubEnv(name, undefined);
    // The SDK then asks no machine of Amazon's for credentials, and reads no files of whoever runs this.
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nowhere');
    vi.stubEnv('AWS_CONFIG_FILE', '/nowhere');
  });
  afterEach(() => vi.unstubAllEnvs());

  /** What a broker says that is opened with these credentials. */
  async function said(credentials: Partial<Record<(typeof SECRETS)[number], string>>): Promise<string> {
    for (const [name, value] of Object.entries(credentials)) vi.stubEnv(name, value);
    const { port } = amazon.address() as AddressInfo;
    const broker = openBroker({
      BROKER: 'sqs',
      AWS_REGION: 'eu-central-1',
      SQS_ENDPOINT: `http://127.0.0.1:${port}`,
      SQS_QUEUE_PREFIX: 'test',
    });
    const answer = await broker.ping().then(
      () => 'it answered',
      (error) => (error instanceof BrokerAway ? error.message : `not BrokerAway: ${error}`),
    );
    await broker.close(0);
    return answer;
  }

  const KEY = { AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'wrong' };

  test.each([
    {
      refusal: {
        status: 403,
        type: 'UnrecognizedClientException',
        old: 'InvalidClientTokenId',
        message: 'The security token included in the request is invalid.',
      },
      says: /^Amazon SQS: AWS_ACCESS_KEY_ID: expected an active key.*got AKIA…MPLE.*Make a new one.*security token/,
    },
    {
      refusal: {
        status: 403,
        type: 'InvalidSignatureException',
        old: 'SignatureDoesNotMatch',
        message: 'The request signature we calculated does not match the signature you provided.',
      },
      says: /^Amazon SQS: AWS_SECRET_ACCESS_KEY: expected the secret of AKIA…MPLE, got another.*Copy it again.*clock/,
    },
    {
      refusal: {
        status: 403,
        type: 'ExpiredTokenException',
        old: 'ExpiredToken',
        message: 'The security token included in the request is expired',
      },
      says: /^Amazon SQS: AWS_SESSION_TOKEN: expected one that is valid, got one that has expired.*Sign in again/,
    },
    {
      refusal: {
        status: 403,
        type: 'AccessDeniedException',
        old: 'AccessDenied',
        message: 'User: arn:aws:iam::123456789012:user/test is not authorized to perform: sqs:createqueue',
      },
      says: /^Amazon SQS: AWS_ACCESS_KEY_ID: expected a key that may use SQS.*Allow it sqs:\*.*SQS_QUEUE_PREFIX.*createqueue/,
    },
  ])('$refusal.old names the variable, what was found and what to do', async (made) => {
    refusal = made.refusal;
    expect(await said(KEY)).toMatch(made.says);
    const { old: _, ...withoutOld } = made.refusal;
    refusal = withoutOld;
    expect(await said(KEY)).toMatch(made.says);
  });

  test('no credentials at all are told without asking Amazon', async () => {
    refusal = { status: 500, type: 'NobodyAsks', message: 'nobody asks' };
    expect(await said({})).toMatch(
      /^Amazon SQS: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY: .*found none.*Set both/,
    );
  });
});

/** Limits the size of a message: this is the only way to have one message of a batch refused. */
async function limitMessages(endpoint: string, bytes: number): Promise<void> {
  const admin = new SQS({ region: 'us-east-1', endpoint, useQueueUrlAsEndpoint: false });
  const { QueueUrls = [] } = await admin.listQueues();
  for (const QueueUrl of QueueUrls) {
    await admin.setQueueAttributes({ QueueUrl, Attributes: { MaximumMessageSize: `${bytes}` } });
  }
  admin.destroy();
}
