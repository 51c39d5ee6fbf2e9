import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { openBroker } from './open-broker.ts';
import { type Broker, BrokerAway, DeadLetter, RetryLater } from './port.ts';

// A server of its own: the bound is a setting of the whole server.
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
const message = (n: number) => ({ key: `key-${n}`, body: n });

it('takes no new message when its Redis is full, and hands out, delays and buries all that it holds', async () => {
  await broker.publish(
    'delivery',
    Array.from({ length: MESSAGES }, (_, n) => message(n)),
  );
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

  await vi.waitFor(
    async () => expect(await broker.depth('delivery')).toEqual({ waiting: 0, inFlight: 0, dead: 1 }),
    { timeout: 10_000, interval: 50 },
  );
  expect(taken).toHaveLength(MESSAGES + 1);
});

async function fillUp(): Promise<void> {
  const { used } = (await broker.memory()) ?? { used: 0 };
  await admin.config('SET', 'maxmemory', Math.round(used * 0.9));
  expect(await broker.memory()).toMatchObject({ max: Math.round(used * 0.9) });
  await expect(admin.set('anything', 'more')).rejects.toThrow('OOM');
}
