import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '#dev/redis.ts';
import type { Fixture, TestServer } from './fixture.ts';

/** BullMQ on a Redis of its own, with the settings of the one-command start. */
export const bullmq: Fixture = { name: 'BullMQ', start, gaps: [] };

async function start(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'conformance-redis-'));
  let redis = await startRedis({ role: 'queue', dataDir });
  const { port, url } = redis;
  return {
    config: { BROKER: 'bullmq', QUEUE_REDIS_URL: url },
    async kill() {
      redis.kill();
      await redis.exited;
    },
    async restart() {
      redis = await startRedis({ role: 'queue', dataDir, port });
    },
    async empty() {
      const admin = new Redis(url);
      await admin.flushall().finally(() => admin.disconnect());
    },
    async stop() {
      await redis.stop(2_000);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
