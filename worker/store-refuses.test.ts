import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Broker } from '#broker/port.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { fanOutOf } from '#core/messages.ts';
import { openRedis } from '#core/redis.ts';
import { HomeReader } from '#core/timelines/home-reader.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { workerContext } from '#testing/worker-context.ts';
import { openWorld, type World } from '#testing/world.ts';
import type { WorkerContext } from '#worker/context.ts';
import { fanOutHandler } from '#worker/fan-out.ts';

/**
 * A store that is there and refuses. A worker that does not know yet takes a chunk, is refused, and must not count it
 * against the chunk; a reader gets the page from Postgres; and afterwards all goes on.
 */
const folder = openTempFolder('store-refuses');
const SNAPSHOT = join(folder.dir, 'timelines', 'dump.rdb');
let world: World;
let server: Server;
let store: TimelineStore;
let admin: ReturnType<typeof openRedis>;
let author = 0;
beforeAll(async () => {
  world = await openWorld();
  server = await startRedis({ role: 'timelines', dataDir: folder.dir, databases: 1 });
  store = { redis: openRedis(server.url, 'test', 1_500), shards: 1, cap: 800 };
  admin = openRedis(server.url, 'admin');
});
beforeEach(async () => {
  author += 10;
  const { pool } = world.postgres;
  await settleOnce(pool, store);
  await addUsers(pool, range(author, author + 2));
  await addFollowers(pool, author, [author + 1, author + 2]);
});
afterAll(async () => {
  for (const redis of [store.redis, admin]) redis.disconnect();
  await server.stop(1_000);
  folder.remove();
  await world.close();
});

const set = (...settings: string[]) => admin.config('SET', ...(settings as [string, string]));

type Refusal = { word: string; begin(): Promise<unknown>; end(): Promise<unknown> };

const REFUSALS: Refusal[] = [
  { word: 'OOM', begin: () => set('maxmemory', '1'), end: () => set('maxmemory', '0') },
  {
    word: 'READONLY',
    begin: () => admin.call('REPLICAOF', '127.0.0.1', '1'),
    end: () => admin.call('REPLICAOF', 'NO', 'ONE'),
  },
  {
    word: 'MASTERDOWN',
    begin: async () => {
      await set('replica-serve-stale-data', 'no');
      await admin.call('REPLICAOF', '127.0.0.1', '1');
    },
    end: () => admin.call('REPLICAOF', 'NO', 'ONE'),
  },
  {
    word: 'NOREPLICAS',
    begin: () => set('min-replicas-to-write', '1'),
    end: () => set('min-replicas-to-write', '0'),
  },
  { word: 'MISCONF', begin: failToSave, end: saveAgain },
  { word: 'BUSY', begin: runWithoutEnd, end: () => admin.script('KILL') },
];

/** A snapshot that cannot be written, as on a full disk: Redis then refuses writes where it is told to. */
async function failToSave(): Promise<void> {
  mkdirSync(SNAPSHOT);
  await set('stop-writes-on-bgsave-error', 'yes');
  await admin.bgsave();
  const isFailed = async () => expect(await admin.info('persistence')).toMatch(/rdb_last_bgsave_status:err/);
  await eventually(isFailed);
}

async function saveAgain(): Promise<void> {
  await set('stop-writes-on-bgsave-error', 'no');
  rmdirSync(SNAPSHOT);
}

async function runWithoutEnd(): Promise<void> {
  await set('busy-reply-threshold', '1');
  const other = openRedis(server.url, 'endless', 60_000);
  void other.eval('while true do end', 0).catch(() => other.disconnect());
  await eventually(() => expect(admin.ping()).rejects.toThrow('BUSY'), { interval: 5 });
}

async function takerThatKnowsNothing(): Promise<WorkerContext> {
  const broker: Pick<Broker, 'publish'> = { publish: async () => {} };
  const { pool, prisma } = world.postgres;
  const given = { name: 'A', pool, prisma, broker: broker as Broker, hints: store.redis, chunkSize: 10 };
  const context = workerContext(given);
  await settleOnce(pool, store, context.epochs);
  return context;
}

it.each(REFUSALS)(
  '$word costs a chunk nothing, and readers get their pages from Postgres',
  async ({ word, begin, end }) => {
    const { pool } = world.postgres;
    const context = await takerThatKnowsNothing();
    const homes = new HomeReader({ pool, timelines: store });
    const home = () => homes.read({ userId: author + 1, limit: 5 });
    const tweet = await post(pool, author);
    const handle = fanOutHandler(context);
    const take = () => handle({ body: fanOutOf(tweet).body } as Parameters<typeof handle>[0]);
    await begin();
    const asked = word === 'MASTERDOWN' ? admin.get('anything') : admin.set('anything', 'x'); // the one refuses reads too
    await expect(asked).rejects.toThrow(new RegExp(`^${word}`));
    await expect(take()).rejects.toThrow(expect.objectContaining({ name: 'RetryLater', delayMs: 1_000 }));
    expect(context.epochs.known.size).toBe(0); // takes no more until a look finds the store again
    const page = await home();
    expect([page.source, page.tweets.map(({ id }) => id)]).toEqual(['postgres', [tweet]]);
    const { rows } = await pool.query('SELECT failures, state FROM chunk WHERE tweet_id = $1', [tweet]);
    expect(rows).toEqual([{ failures: 0, state: 'waiting' }]);
    await end();
    await eventually(async () => {
      await settleOnce(pool, store, context.epochs); // a server that was a replica is repaired first
      expect(context.epochs.known.size).toBe(1);
    });
    await eventually(take);
    expect(await readDeliveries(pool, [tweet])).toMatchObject([{ state: 'delivered', cold: 2 }]);
    await eventually(async () => expect((await home()).source).toBe('timeline'));
  },
);
