import { Redis } from 'ioredis';
import { freePort } from '#dev/ports.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { PREFIX } from '../port.ts';
import type { Fixture, TestServer } from './fixture.ts';

/** BullMQ on a Redis of its own, with the settings of the one-command start but one: see {@link startDurable}. */
export const bullmq: Fixture = {
  name: 'BullMQ',
  start,
  gaps: [],
  mistakes: [
    {
      name: 'a port where nobody listens',
      make: async () => ({ BROKER: 'bullmq', QUEUE_REDIS_URL: `redis://127.0.0.1:${await freePort()}` }),
      says: /QUEUE_REDIS_URL.*ECONNREFUSED/,
    },
    {
      name: 'a missing password',
      make: async (url) => ({ BROKER: 'bullmq', QUEUE_REDIS_URL: withPassword(url, '') }),
      says: /QUEUE_REDIS_URL.*expected its password.*NOAUTH/,
    },
    {
      name: 'a wrong password',
      make: async (url) => ({ BROKER: 'bullmq', QUEUE_REDIS_URL: withPassword(url, 'wrong') }),
      says: /QUEUE_REDIS_URL.*expected its password.*WRONGPASS/,
    },
    {
      name: 'something else in the place of a queue',
      make: async (url) => {
        await onRedis(url, (admin) => admin.set(`{${PREFIX}}:fan-out:wait`, 'something else'));
        return { BROKER: 'bullmq', QUEUE_REDIS_URL: url };
      },
      undo: (url) => onRedis(url, (admin) => admin.del(`{${PREFIX}}:fan-out:wait`)),
      says: /QUEUE_REDIS_URL.*another database.*WRONGTYPE/,
    },
  ],
};

const withPassword = (url: string, password: string) => Object.assign(new URL(url), { password }).href;

async function start(): Promise<TestServer> {
  const folder = openTempFolder('conformance-redis');
  const dataDir = folder.dir;
  let redis = await startDurable(dataDir);
  const { port, url } = redis;
  return {
    url,
    config: { BROKER: 'bullmq', QUEUE_REDIS_URL: url },
    async kill() {
      redis.kill();
      await redis.exited;
    },
    async restart() {
      redis = await startDurable(dataDir, port);
    },
    empty: () => onRedis(url, (admin) => admin.flushall()),
    deleteQueue: () => onRedis(url, (admin) => admin.flushall()),
    async stop() {
      await redis.stop(2_000);
      folder.remove();
    },
  };
}

/**
 * Redis with `appendfsync always`, so that what is answered is on disk. With the default, `everysec`, it answers before
 * it has written while the disk is busy with the last fsync. A kill then takes up to 2 s back. That is rare, and the
 * relay repairs it: this suite does not test that.
 */
async function startDurable(dataDir: string, port?: number): Promise<Server> {
  const server = await startRedis({ role: 'queue', dataDir, port });
  await onRedis(server.url, (admin) => admin.config('SET', 'appendfsync', 'always'));
  return server;
}

/** Asks it as its administrator. */
export async function onRedis(url: string, act: (admin: Redis) => Promise<unknown>): Promise<void> {
  const admin = new Redis(url);
  await act(admin).finally(() => admin.disconnect());
}
