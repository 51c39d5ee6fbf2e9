import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect, type Replies } from 'amqplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBrokerAway } from '#core/away.ts';
import { eventually } from '#testing/eventually.ts';
import { Link } from '#testing/link.ts';
import { range } from '#testing/people.ts';
import { conformance } from './conformance/conformance.ts';
import { type TestServer, Unavailable } from './conformance/fixture.ts';
import { onChannel, purge, rabbitmq } from './conformance/rabbitmq-fixture.ts';
import { Inbox, message } from './conformance/stage.ts';
import { seal } from './envelope.ts';
import { openBroker } from './open-broker.ts';
import { KeptLink } from './rabbitmq-link.ts';
import { amqpQueue, deadQueue } from './rabbitmq-queues.ts';

describe(rabbitmq.name, () => conformance(rabbitmq));

describe('what only RabbitMQ does', () => {
  let server: TestServer | undefined;
  beforeAll(async () => {
    server = await rabbitmq.start().catch((error) => {
      if (!(error instanceof Unavailable) || process.env.CI) throw error;
      return undefined;
    });
  }, 60_000);
  afterAll(() => server?.stop());

  // amqplib waits for the answer to its close without an end, and with it its recovery: found by a run of chaos.
  test('a connection that breaks while it is being closed is followed by another', async ({ skip }) => {
    if (!server) return skip('RabbitMQ is not installed');
    const { url } = server;
    await onChannel(url, (channel) => channel.assertQueue(amqpQueue('delivery'), { durable: true }));
    const { link, broker } = await openBehindLink(url);
    try {
      // The queue is in the way: the connection that cannot be used is closed in the words of amqplib.
      await link.cutAt((piece) => piece.includes('Cheers, thanks'), 10_000);
      await onChannel(url, (channel) => channel.deleteQueue(amqpQueue('delivery')));
      link.heal();
      await eventually(() => broker.publish('delivery', [message('a')]));
      // Asking goes by the other connection, which comes back on its own.
      const depth = await eventually(() => broker.depth('delivery'));
      expect(depth).toMatchObject({ waiting: 1 });
    } finally {
      await broker.close(0);
      await link.close();
    }
  });

  test('what was opened on a connection that was lost meanwhile is not handed out', async ({ skip }) => {
    if (!server) return skip('RabbitMQ is not installed');
    const { url } = server;
    let connections = 0;
    const link = new KeptLink({ urls: [url, url] }, async (model) => {
      connections += 1;
      const opened = connections;
      if (opened === 1) await model.close().then(nextTurn);
      return opened;
    });
    try {
      expect(await link.ask(async (opened) => opened, 10_000)).toBe(2);
    } finally {
      await link.close();
    }
  });

  // As a channel does that RabbitMQ 4.0 has forgotten: see rabbitmq-publisher.ts.
  test('after a confirm that does not come, messages go by another channel', async ({ skip }) => {
    if (!server) return skip('RabbitMQ is not installed');
    await purge(server.url);
    const { link, broker } = await openBehindLink(server.url);
    try {
      await broker.publish('delivery', [message('before')]);
      link.loseEach('server', acknowledgementsOnFirst());
      await expect(broker.publish('delivery', [message('unconfirmed')])).rejects.toSatisfy(isBrokerAway);
      await broker.publish('delivery', [message('after')]);
    } finally {
      await broker.close(0);
      await link.close();
    }
  });

  test('a consumer that is handed nothing although messages wait takes on another channel', async ({
    skip,
  }) => {
    if (!server) return skip('RabbitMQ is not installed');
    await purge(server.url);
    const { link, broker } = await openBehindLink(server.url);
    const inbox = new Inbox();
    const bodies = ['a', 'b', 'c', 'd', 'e'];
    try {
      link.loseEach('process', acknowledgementsOnFirst());
      await broker.publish('delivery', bodies.map(message));
      broker.consume('delivery', inbox.handler, { concurrency: 2 });
      await eventually(() => expect(inbox.bodies()).toEqual(bodies));
      await eventually(async () => expect(await broker.depth('delivery')).toMatchObject({ waiting: 0 }));
    } finally {
      await broker.close(0);
      await link.close();
    }
  });

  test('a redrive that fails gives the dead letters back at once', async ({ skip }) => {
    if (!server) return skip('RabbitMQ is not installed');
    const { url, config } = server;
    const broker = openBroker(config);
    try {
      await broker.ping();
      await onChannel(url, async (channel) => {
        channel.sendToQueue(deadQueue(amqpQueue('delivery')), Buffer.from(seal({ body: 'a' })));
        await channel.deleteQueue(amqpQueue('delivery'));
      });
      await eventually(async () => expect(await deadIn(url)).toBe(1));
      await expect(broker.redrive('delivery')).rejects.toThrow(/there is no queue/);
      await eventually(async () => expect(await deadIn(url)).toBe(1));
    } finally {
      await broker.close(0);
      await purge(url);
    }
  });

  test('a consumer that is stopped while it is started gives its messages to others', async ({ skip }) => {
    if (!server) return skip('RabbitMQ is not installed');
    await purge(server.url);
    const broker = openBroker(server.config);
    const inbox = new Inbox();
    try {
      await broker.ping();
      await broker.consume('delivery', inbox.handler, { concurrency: 1 }).stop(0);
      // By the same connection: what the consumer asks for is answered before.
      for (const _ of range(1, 5)) await broker.ping();
      await broker.publish('delivery', [message('a')]);
      const taking = await consumersOf(server.url);
      expect(taking).toBe(0);
      expect(inbox.deliveries).toEqual([]);
    } finally {
      await broker.close(0);
      await purge(server.url);
    }
  });
});

const deadIn = async (url: string): Promise<number> =>
  (await checkQueue(url, deadQueue(amqpQueue('delivery')))).messageCount;
const consumersOf = async (url: string): Promise<number> =>
  (await checkQueue(url, amqpQueue('delivery'))).consumerCount;

async function checkQueue(url: string, queue: string): Promise<Replies.AssertQueue> {
  const connection = await connect(url);
  try {
    return await (await connection.createChannel()).checkQueue(queue);
  } finally {
    await connection.close();
  }
}

async function openBehindLink(url: string) {
  const link = await Link.open(Number(new URL(url).port));
  const broker = openBroker({ BROKER: 'rabbitmq', RABBITMQ_URL: url.replace(/\d+$/, `${link.port}`) });
  return { link, broker };
}

const BASIC_ACK = (60 << 16) + 80; // class and method

/** Knows acknowledgements, those of consumers and of the server alike, on the channel that is the first to have one. */
function acknowledgementsOnFirst(): (piece: Buffer) => boolean {
  let first: number | undefined;
  return (piece) => {
    // A frame begins with its type, channel and length.
    if (piece.length < 11 || piece.readUInt32BE(7) !== BASIC_ACK) return false;
    const channel = piece.readUInt16BE(1);
    first ??= channel;
    return channel === first;
  };
}
