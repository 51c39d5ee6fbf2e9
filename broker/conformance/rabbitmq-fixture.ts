import { type Channel, connect } from 'amqplib';
import { QUEUES } from '#core/messages.ts';
import { freePort } from '#dev/ports.ts';
import { installRabbitmq, startRabbitmq } from '#dev/rabbitmq.ts';
import { explain } from '#dev/start-error.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { amqpQueue, declare, queuesOf } from '../rabbitmq-queues.ts';
import { type Fixture, type TestServer, Unavailable } from './fixture.ts';

const NO_RESIZE = 'quorum queues have no prefetch that can be changed without letting go of what was taken';
const NO_KEYS = 'RabbitMQ does not compare messages; the chunk receipt absorbs the second';

/** RabbitMQ on ports of its own. */
export const rabbitmq: Fixture = {
  name: 'RabbitMQ',
  start,
  mistakes: [
    {
      name: 'a wrong password',
      make: async (url) => ({ BROKER: 'rabbitmq', RABBITMQ_URL: url.replace(':guest@', ':wrong@') }),
      says: /RABBITMQ_URL, amqp:\/\/guest:\*\*\*@127.*refused the user, the password.*Correct them/,
    },
    {
      name: 'a virtual host that there is not',
      make: async (url) => ({ BROKER: 'rabbitmq', RABBITMQ_URL: `${url}/elsewhere` }),
      says: /RABBITMQ_URL, .*\/elsewhere\): .*refused.*virtual host/,
    },
    {
      name: 'a port where nobody listens',
      make: async () => ({ BROKER: 'rabbitmq', RABBITMQ_URL: `amqp://127.0.0.1:${await freePort()}` }),
      says: /RABBITMQ_URL.*ECONNREFUSED/,
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
  gaps: [
    { reason: NO_KEYS, tests: ['a key that is already waiting is not added again'] },
    { reason: NO_RESIZE, tests: ['a consumer that may take more does so when a handler has ended'] },
  ],
};

async function start(): Promise<TestServer> {
  try {
    installRabbitmq();
  } catch (error) {
    throw new Unavailable(explain(error).replace('\n', ' '), { cause: error });
  }
  const folder = openTempFolder('conformance-rabbitmq');
  let server = await startRabbitmq({ dataDir: folder.dir });
  const { port, url } = server;
  return {
    url,
    config: { BROKER: 'rabbitmq', RABBITMQ_URL: url },
    async kill() {
      server.kill();
      await server.exited;
    },
    async restart() {
      server = await startRabbitmq({ dataDir: folder.dir, port });
    },
    empty: () => purge(url),
    deleteQueue: (name) => onChannel(url, (channel) => channel.deleteQueue(amqpQueue(name))),
    async stop() {
      await server.stop(10_000);
      folder.remove();
    },
  };
}

/** Makes the queues where they are missing and takes every message out of them. */
export function purge(url: string): Promise<void> {
  return onChannel(url, async (channel) => {
    for (const name of QUEUES) {
      await declare(channel, amqpQueue(name));
      for (const queue of queuesOf(amqpQueue(name))) await channel.purgeQueue(queue);
    }
  });
}

/** Asks it on a connection of its own. */
export async function onChannel(url: string, act: (channel: Channel) => Promise<unknown>): Promise<void> {
  const connection = await connect(url);
  // Every call reports its own failure; the event would end the test run.
  connection.on('error', () => {});
  await act(await connection.createChannel()).finally(() => connection.close());
}
