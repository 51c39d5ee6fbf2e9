import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharePlaces } from '#core/admission/share-places.ts';
import { WaitingList } from '#core/admission/waiting-list.ts';
import { openListener } from '#core/listener.ts';
import { openStore } from '#core/redis.ts';
import { startRedis } from '#dev/redis.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import { addFollowers, addUsers } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import type { Orders } from './policies.ts';
import { startLoad } from './round.ts';

// A store of its own: places are published to every database of a Redis.
const folder = openTempFolder('overload-load');
let world: World;
let server: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  [world, server] = await Promise.all([
    openWorld({ breaks: ['followers are counted right'] }),
    startRedis({ role: 'timelines', dataDir: folder.dir }),
  ]);
});
afterAll(async () => {
  await Promise.all([server.stop(2_000), world.close()]);
  folder.remove();
});

test('when a load ends, its clients give up their places, also those that a worker knows', async () => {
  const { pool } = world.postgres;
  await addUsers(pool, [1, 2]);
  await addFollowers(pool, 1, [2]);
  await pool.query('UPDATE "user" SET follower_count = 100000 WHERE id = 1'); // one is let in, the others stand in line
  const { list, leave } = aWorker(server.url);
  const cleanup = new Cleanup();
  const order: Orders = { authors: [1], perSecond: 40, seconds: 1, maxWaitS: 0.1, jitter: false };
  const env = {
    ...{ ...process.env, DATABASE_URL: world.databaseUrl, SESSION_SECRET: 'a secret of the tests' },
    ...{ QUEUE_REDIS_URL: world.queueRedisUrl, TIMELINE_REDIS_URL: server.url },
  };
  const loading = startLoad({ env }, { log: console.log, onEnd: cleanup.add }, order);
  await expect.poll(() => list.places.isEmpty).toBe(false);
  expect((await loading).waiting).toBeGreaterThan(0);
  await expect.poll(() => list.places.isEmpty).toBe(true);
  leave();
  await cleanup.run();
}, 60_000);

/** The line of a worker, which stays when a load process ends. */
function aWorker(url: string) {
  const list = new WaitingList();
  const redis = openStore(url, 'test');
  const stop = sharePlaces(list.places, { redis, connect: () => openListener(url, 'test places') });
  const leave = () => {
    stop();
    redis.disconnect();
  };
  return { list, leave };
}
