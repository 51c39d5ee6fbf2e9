import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'amqplib';
import { QUEUES } from '#core/messages.ts';
import { amqpQueue, DELAYS_MS, deadQueue, declare, delayQueue } from '../rabbitmq-queues.ts';
import type { Fixture, TestServer } from './fixture.ts';
import { choosePlace, startMapper, startRabbitmq } from './rabbitmq-server.ts';

const NO_KEYS = 'RabbitMQ does not compare messages; the chunk receipt absorbs the second';

/** RabbitMQ on ports of its own. */
export const rabbitmq: Fixture = {
  name: 'RabbitMQ',
  start,
  gaps: [{ reason: NO_KEYS, tests: ['a key that is already waiting is not added again'] }],
};

async function start(): Promise<TestServer> {
  const dir = await mkdtemp(join(tmpdir(), 'conformance-rabbitmq-'));
  const place = await choosePlace(dir);
  const mapper = startMapper(place);
  let server = await startRabbitmq(place);
  const url = `amqp://guest:guest@127.0.0.1:${place.port}`;
  return {
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

async function purge(url: string): Promise<void> {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  for (const name of QUEUES) {
    await declare(channel, name);
    const delays = DELAYS_MS.map((delayMs) => delayQueue(name, delayMs));
    for (const queue of [amqpQueue(name), deadQueue(name), ...delays]) await channel.purgeQueue(queue);
  }
  await connection.close();
}
