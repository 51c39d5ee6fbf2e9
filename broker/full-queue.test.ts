import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { requireRabbitmq, startRabbitmq } from '#dev/rabbitmq.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { eventually } from '#testing/eventually.ts';
import { openBroker } from './open-broker.ts';
import { type Broker, BrokerAway, DeadLetter, RetryLater } from './port.ts';

// These tests have servers of their own, because the bound is a setting of the whole server.
const folder = openTempFolder('full-queue');
let server: Server;
let admin: Redis;
let broker: Broker;
beforeAll(async () => {
  server = await startRedis({ role: 'queue', dataDir: folder.dir });
  admin = new Redis(server.url);
  broker = openBroker({ BROKER: 'bullmq', QUEUE_REDIS_URL: server.url });
});
afterAll(async () => {
  await broker.close(0);
  admin.disconnect();
  await server.stop(1_000);
  folder.remove();
});

const MESSAGES = 500;
const numbers = Array.from({ length: MESSAGES }, (_, n) => n);
const message = (n: number) => ({ key: `key-${n}`, body: n });

it('takes no new message when its Redis is full, and hands out, delays and buries all that it holds', async () => {
  await broker.publish('delivery', numbers.map(message));
  await fillUp();
  await expect(broker.publish('delivery', [message(MESSAGES)])).rejects.toThrow(BrokerAway);

  const taken: unknown[] = [];
  broker.consume(
    'delivery',
    async ({ body, redelivered }) => {
      taken.push(body);
      if (body === 1 && !redelivered) throw new RetryLater(10, 'later');
      if (body === 2) throw new DeadLetter('no such tweet');
    },
    { concurrency: 3 },
  );

  await eventually(async () =>
    expect(await broker.depth('delivery')).toEqual({ waiting: 0, inFlight: 0, dead: 1 }),
  );
  expect(taken).toHaveLength(MESSAGES + 1);
});

async function fillUp(): Promise<void> {
  const { used } = (await broker.memory()) ?? { used: 0 };
  await admin.config('SET', 'maxmemory', Math.round(used * 0.9));
  expect(await broker.memory()).toMatchObject({ max: Math.round(used * 0.9) });
  await expect(admin.set('anything', 'more')).rejects.toThrow('OOM');
}

// While RabbitMQ is short of memory, it reads nothing from a connection that publishes. With one connection for
// everything, a process that had published could acknowledge nothing, and the queue stayed full.
it('hands out what a RabbitMQ without memory holds to whoever cannot publish to it', {
  timeout: 60_000,
}, async ({ skip }) => {
  try {
    requireRabbitmq();
  } catch (error) {
    if (process.env.CI) throw error;
    return skip('RabbitMQ is not installed');
  }
  const before = await startRabbitmq({ dataDir: folder.dir });
  const rabbit = openBroker({ BROKER: 'rabbitmq', RABBITMQ_URL: before.url });
  await eventually(() => rabbit.publish('delivery', numbers.map(message)));
  await before.stop(10_000);
  const full = await startRabbitmq({ dataDir: folder.dir, port: before.port, memoryMb: 1 });
  try {
    await eventually(() => rabbit.ping());
    await expect(rabbit.publish('delivery', [message(MESSAGES)])).rejects.toThrow(BrokerAway);
    await expect(rabbit.publish('delivery', [message(MESSAGES)])).rejects.toThrow(
      /no messages now: low on memory/,
    );

    const taken = new Set<unknown>();
    rabbit.consume('delivery', async ({ body }) => void taken.add(body), { concurrency: 3 });
    await eventually(async () =>
      expect(await rabbit.depth('delivery')).toEqual({ waiting: 0, inFlight: 0, dead: 0 }),
    );
    expect(taken.size).toBe(MESSAGES);
  } finally {
    await rabbit.close(0);
    await full.stop(0);
  }
});
