import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { parseMemory } from '#core/admission/admission.ts';
import { audit } from '#core/audit/audit.ts';
import { transaction } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { deliverAgain, deliverNext, deliverTweet } from '#testing/delivered-tweet.ts';
import { range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { DROP_TO, dropUnreadOnce } from './drop-unread.ts';
import { ledgerKey } from './epoch.ts';
import { readHome } from './home-timeline.ts';
import { LiveLayout } from './live-layout.ts';
import { beginRebuild, mergeTimeline } from './merge.ts';
import { readTimeline } from './read-timeline.ts';
import { adoptedKey, leavingKey, sweepReceipts } from './sweep-receipts.ts';
import { receiptKey, type TimelineStore, timelineKey, timelinePrefix } from './timeline.ts';
import { readUpkeep } from './upkeep.ts';

// These tests have a server of their own, because its bound is a setting of the whole server.
const folder = openTempFolder('drop-unread');
let world: World;
let server: Server;
let store: TimelineStore;
beforeAll(async () => {
  world = await openWorld();
  server = await startRedis({ role: 'timelines', dataDir: folder.dir, databases: 1 });
  store = { redis: openRedis(server.url, 'test'), shards: 1, cap: 800 };
});
beforeEach(async () => {
  await store.redis.flushall();
  await bound('0');
  await world.postgres.pool.query(
    `TRUNCATE home_read; UPDATE timeline_upkeep SET dropping = false, cursor = '0', unread_before = 0, dropped = 0`,
  );
});
afterAll(async () => {
  store.redis.disconnect();
  await server.stop(1_000);
  folder.remove();
  await world.close();
});

const bound = (bytes: string) => store.redis.config('SET', 'maxmemory', bytes);
const memory = async () => parseMemory(await store.redis.info('memory'));

/** Sets the bound of the store's memory so that this share of it is used. */
async function fillTo(share: number): Promise<number> {
  const max = Math.round((await memory()).used / share);
  await bound(String(max));
  return max;
}

const EACH = 2_000; // timelines of a kind: about 1.5 MB, above what an empty server takes
const NEVER = range(1, EACH);
const LONG_AGO = range(EACH + 1, 2 * EACH);
const TODAY = range(2 * EACH + 1, 3 * EACH);

/** Adds timelines of a hundred entries each. */
async function addTimelines(userIds: number[]): Promise<void> {
  const entries = [...range(1_000_000, 1_000_099), -16];
  const pipeline = store.redis.pipeline();
  for (const userId of userIds) pipeline.rpush(timelineKey(userId, { shards: 1 }), ...entries);
  await pipeline.exec();
}

const haveRead = (userIds: number[], hoursAgo: number) =>
  world.postgres.pool.query(
    `INSERT INTO home_read SELECT id, floor(extract(epoch FROM now()) / 3600)::int - $2 FROM unnest($1::int[]) id`,
    [userIds, hoursAgo],
  );

const held = (userIds: number[]) =>
  store.redis.exists(...userIds.map((userId) => timelineKey(userId, { shards: 1 })));

async function dropAll(): Promise<void> {
  while ((await dropUnreadOnce(world.postgres.pool, store)) > 0);
}

it('drops the timelines that are unread the longest, of a store that takes no more writes, until there is room', async () => {
  await addTimelines([...NEVER, ...LONG_AGO, ...TODAY]);
  await haveRead(LONG_AGO, 24 * 30);
  await haveRead(TODAY, 0);
  await store.redis.set(receiptKey(4_242, '1'), 'a receipt');
  const max = await fillTo(1.05);
  await expect(store.redis.set('more', 'x')).rejects.toThrow(/^OOM/);
  await dropAll();
  expect(await held(NEVER)).toBe(0);
  expect(await held(LONG_AGO)).toBeLessThan(EACH);
  expect(await held(TODAY)).toBe(EACH);
  expect((await memory()).used).toBeLessThanOrEqual(max * DROP_TO);
  expect(await store.redis.exists(receiptKey(4_242, '1'))).toBe(1);
  expect(await readUpkeep(world.postgres.pool)).toMatchObject({
    dropping: false,
    dropped: 3 * EACH - EACH - (await held(LONG_AGO)),
  });
});

it('leaves everything where it is below the mark, and goes on with the oldest when it is passed again', async () => {
  await addTimelines([...NEVER, ...TODAY]);
  await haveRead(TODAY, 0);
  await fillTo(0.74);
  await dropAll();
  expect(await held(NEVER)).toBe(EACH);
  await fillTo(0.76);
  await dropAll();
  expect(await held(NEVER)).toBeLessThan(EACH);
  expect(await held(TODAY)).toBe(EACH);
});

it('drops first what another number of shards has left behind, although its owners read', async () => {
  const entries = [...range(1_000_000, 1_000_099), -16];
  const left = TODAY.map((userId) => timelineKey(userId, { shards: 2 })).filter(
    (key) => !key.startsWith(timelinePrefix('0')),
  );
  for (const key of left) await store.redis.rpush(key, ...entries);
  await addTimelines(TODAY);
  await haveRead(TODAY, 0);
  await fillTo(0.8);
  await dropAll();
  expect(await store.redis.exists(...left)).toBeLessThan(left.length);
  expect(await held(TODAY)).toBe(EACH);
});

it('drops those of today as well when all the others are gone, and ends when nothing is left to drop', async () => {
  await addTimelines(TODAY);
  await haveRead(TODAY, 0);
  await bound('100000');
  await dropAll();
  expect(await held(TODAY)).toBe(0);
});

it('leaves the sweep of receipts its way: it removes them also from a store that takes no more writes', async () => {
  await store.redis.set(receiptKey(4_242, '0'), 'a receipt');
  await store.redis.rpush(leavingKey('0'), '1 1 1', 4_242);
  await store.redis.set(ledgerKey('0'), 'token 3 4242');
  await store.redis.set(adoptedKey('0'), 1);
  await bound('100000');
  expect(await sweepReceipts(world.postgres.pool, store)).toBe(1);
  expect(await store.redis.exists(receiptKey(4_242, '0'))).toBe(0);
});

it('is done by one worker at a time', async () => {
  const { pool } = world.postgres;
  await addTimelines(NEVER);
  await fillTo(0.9);
  await transaction(pool, async (client) => {
    await client.query('SELECT FROM timeline_upkeep FOR UPDATE');
    expect(await dropUnreadOnce(pool, store)).toBe(0);
    expect(await held(NEVER)).toBe(EACH);
  });
});

it('leaves no hole and nothing twice, whatever a timeline is dropped in the middle of', async () => {
  const { pool } = world.postgres;
  const [author, reader] = [900_001, 900_002];
  const first = await deliverTweet(pool, store, { authorId: author, followers: 1 });
  const drop = async () => {
    await bound('100000');
    await dropAll();
    await bound('0');
  };
  const home = async () =>
    (await readHome({ pool, timelines: store }, { userId: reader, limit: 10 })).tweets.map(({ id }) => id);
  await drop();
  expect((await readTimeline(store, reader)).outcome).toBe('cold');
  expect(await audit(pool, store, first)).toMatchObject({ cold: 1, missing: 0 });

  // The timeline is dropped in the middle of a rebuild that has its snapshot. A push comes before the merge.
  expect(await beginRebuild(store, reader, 'a token')).toBe('begun');
  await drop();
  const second = await deliverNext(pool, store, author);
  const merge = { token: 'a token', floor: 0, entries: [{ id: first, chunk: null }] };
  expect(await mergeTimeline(store, reader, merge)).toBe('cold');
  expect(await home()).toEqual([second, first]);

  // The drop comes between a push and its ledger row. The rebuild has the tweet; the redelivery finds the receipt.
  await drop();
  expect(await home()).toEqual([second, first]);
  await deliverAgain(pool, store, { tweetId: first, number: 0 });
  expect(await home()).toEqual([second, first]);
  expect(await audit(pool, store, first)).toMatchObject({ present: 1, missing: 0, twice: 0 });
});

it('keeps what is read in the layout in force when the process does not know that yet', async () => {
  await addTimelines([...NEVER, ...TODAY]);
  await haveRead(TODAY, 0);
  await fillTo(0.76);
  const early = new LiveLayout().storeOn(store.redis, store.cap);
  while ((await dropUnreadOnce(world.postgres.pool, early)) > 0);
  expect(await held(NEVER)).toBeLessThan(EACH);
  expect(await held(TODAY)).toBe(EACH);
});
