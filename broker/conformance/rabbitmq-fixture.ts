import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Channel, connect } from 'amqplib';
import { QUEUES } from '#core/messages.ts';
import { amqpQueue, DELAYS_MS, deadQueue, declare, delayQueue } from '../rabbitmq-queues.ts';
import type { Fixture, TestServer } from './fixture.ts';
import { choosePlace, startMapper, startRabbitmq } from './rabbitmq-server.ts';

const NO_KEYS = 'RabbitMQ does not compare messages; the chunk receipt absorbs the second';

/** RabbitMQ on ports of its own. */
export const rabbitmq: Fixture = {
  name: 'RabbitMQ',
  start,
  mistakes: [
    {
      name: 'a wrong password',
      make: async (url) => ({ BROKER: 'rabbitmq', RABBITMQ_URL: url.replace(':guest@', ':wrong@') }),
      says: /RABBITMQ_URL.*password/,
    },
    {
      name: 'a queue that exists with other arguments',
      make: async (url) => {
        await onChannel(url, async (channel) => {
          await channel.deleteQueue(amqpQueue('delivery'));
          await channel.assertQueue(amqpQueue('delivery'), { durable: true });
        });
        return { BROKER: 'rabbitmq', RABBITMQ_URL: url };
      },
      undo: (url) => onChannel(url, (channel) => channel.deleteQueue(amqpQueue('delivery'))),
      says: /RABBITMQ_URL.*Delete it.*tweet-fanout\.delivery/,
    },
  ],
  gaps: [{ reason: NO_KEYS, tests: ['a key that is already waiting is not added again'] }],
};

async function start(): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'conformance-rabbitmq-'));
  const place = await choosePlace(dir);
  const mapper = startMapper(place);
  let server = await startRabbitmq(place);
  const url = `amqp://guest:guest@127.0.0.1:${place.port}`;
  return {
    url,
    config: { BROKER: 'rabbitmq', RABBITMQ_URL: url },
    async kill() {
      server.kill();
      await server.exited;
    },
    async restart() {
      server = await startRabbitmq(place);
    },
    empty: () => purge(url),
    async stop() {
      await server.stop(10_000);
      await mapper.stop(1_000);
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function purge(url: string): Promise<void> {
  return onChannel(url, async (channel) => {
    for (const name of QUEUES) {
      await declare(channel, name);
      const delays = DELAYS_MS.map((delayMs) => delayQueue(name, delayMs));
      for (const queue of [amqpQueue(name), deadQueue(name), ...delays]) await channel.purgeQueue(queue);
    }
  });
}

async function onChannel(url: string, act: (channel: Channel) => Promise<unknown>): Promise<void> {
  const connection = await connect(url);
  // Every call reports its own failure; the event would end the test run.
  connection.on('error', () => {});
  await act(await connection.createChannel()).finally(() => connection.close());
}
