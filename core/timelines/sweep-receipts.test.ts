import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';
import { audit } from '#core/audit/audit.ts';
import { retryFailed } from '#core/ledger/retry-failed.ts';
import { finishChunks, startChunks } from '#core/ledger/start-and-finish.ts';
import { startTrapped, type TrapOptions } from '#testing/crash-points/trapped-process.ts';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { openWorld, type World } from '#testing/world.ts';
import { Epochs, tick } from './epoch.ts';
import { readLedger } from './recognise.ts';
import { settleOnce } from './settle.ts';
import { adoptedKey, countReceipts, leavingKey, sweepReceipts } from './sweep-receipts.ts';
import {
  EpochOver,
  epochKey,
  packId,
  pushChunk,
  receiptKey,
  receiptsKey,
  sweptKey,
  type TimelineStore,
} from './timeline.ts';

let world: World;
let store: TimelineStore;
let authorId = 0;
beforeAll(async () => {
  world = await openWorld();
  store = { redis: world.timelines, shards: 1, cap: 100 };
});
beforeEach(async () => {
  authorId += 100;
  await world.timelines.flushdb();
});
afterAll(() => world.close());

/** Delivers a tweet to six followers, in two chunks. */
const deliver = () => deliverTweet(world.postgres.pool, store, { authorId, followers: 6 });
const sweep = () => sweepReceipts(world.postgres.pool, store);
const hasReceipt = async (tweetId: number) => (await store.redis.exists(receiptKey(tweetId, '0'))) === 1;

/** Lets a minute and two looks at the store pass. */
async function later(epochs = new Epochs()): Promise<void> {
  const header = await store.redis.lindex(leavingKey('0'), 0);
  const [beat, since, count] = (header ?? '').split(' ');
  if (header) await store.redis.lset(leavingKey('0'), 0, `${beat} ${Number(since) - 61} ${count}`);
  for (let looks = 0; looks < 3; looks++) await settleOnce(world.postgres.pool, store, epochs);
}

const take = async (tweetId: number, chunk: number) => {
  const message = { tweetId, chunk, count: 1 };
  return (await startChunks(world.postgres.pool, message, { worker: 'A', shards: 1 }))[0];
};

it('removes the receipts of a delivered tweet, and a message that comes again adds nothing', async () => {
  const tweetId = await deliver();
  expect(await countReceipts(store)).toEqual({ count: 1, bytes: expect.any(Number) });
  await sweep();
  expect(await hasReceipt(tweetId)).toBe(true);
  await later();
  expect(await sweep()).toBe(1);
  expect(await hasReceipt(tweetId)).toBe(false);
  expect(await countReceipts(store)).toEqual({ count: 0, bytes: 0 });
  expect(await take(tweetId, 0)).toBeUndefined();
  expect(await audit(world.postgres.pool, store, tweetId)).toMatchObject({ present: 6, twice: 0 });
});

it('keeps a receipt until the clock of its shard is above the end of the fan-out', async () => {
  const tweetId = await deliver();
  await sweep();
  const [beat, since, count] = ((await store.redis.lindex(leavingKey('0'), 0)) ?? '').split(' ');
  await store.redis.lset(leavingKey('0'), 0, `${beat} ${Number(since) - 61} ${count}`);
  await sweep();
  expect(await hasReceipt(tweetId)).toBe(true);
});

it('refuses the push of a process that was frozen since before the fan-out ended', async () => {
  const { pool } = world.postgres;
  const tweetId = await deliver();
  await giveUp(tweetId, 1);
  await retryFailed(pool, authorId, tweetId);
  const epochs = new Epochs();
  await settleOnce(pool, store, epochs);
  const { known, beat } = epochs;
  const frozen = { ...(await taken(tweetId)), epoch: known.get(0) ?? '', beat };
  await finishChunks(pool, [{ tweetId, pushed: [{ number: 1, redelivered: true, delivered: 2, cold: 0 }] }]);
  await sweep();
  await later(epochs);
  await sweep();
  expect(await hasReceipt(tweetId)).toBe(false);
  await expect(pushChunk(store, frozen)).rejects.toThrow(EpochOver);
  expect(await audit(pool, store, tweetId)).toMatchObject({ present: 6, twice: 0 });
  const next = await deliverTweetOf(authorId + 50);
  expect(await audit(pool, store, next)).toMatchObject({ present: 6, missing: 0 }); // only what is old is refused
});

const deliverTweetOf = (author: number) =>
  deliverTweet(world.postgres.pool, store, { authorId: author, followers: 6 });

async function taken(tweetId: number) {
  const chunk = await take(tweetId, 1);
  if (!chunk) throw new Error(`Expected chunk 1 of tweet ${tweetId} to be there`);
  return { ...chunk, chunk: 1 };
}

/** As if the ledger never heard of a chunk's push: the chunk was tried until it was given up, three weeks ago. */
async function giveUp(tweetId: number, number: number): Promise<void> {
  await world.postgres.pool.query(
    `WITH before AS (SELECT delivered FROM chunk WHERE tweet_id = $1 AND number = $2), failed AS (
       UPDATE chunk SET state = 'failed', failures = 8, delivered = 0, finished_at = NULL,
         started_at = started_at - interval '21 days' WHERE tweet_id = $1 AND number = $2
     )
     UPDATE fan_out SET state = 'failed', chunks_done = chunks_done - 1, chunks_failed = 1,
       delivered = fan_out.delivered - before.delivered, finished_at = finished_at - interval '21 days'
     FROM before WHERE tweet_id = $1`,
    [tweetId, number],
  );
}

it('refuses the push of a repair that was frozen until it was over', async () => {
  const { pool } = world.postgres;
  const tweetId = await deliver();
  const token = 'of the repair';
  const { now, isKnown, ...ledger } = await readLedger(pool);
  await store.redis.del(epochKey('0'));
  expect(await tick(store, 0, { now, ledger, token })).toMatchObject({ outcome: 'restored' });
  const push = { tweetId, chunk: 0, shard: 0, followers: packId(authorId + 1), repair: token };
  expect(await pushChunk(store, push)).toMatchObject({ redelivered: true });
  await settleOnce(pool, store); // another worker's repair
  await sweep();
  await later();
  await sweep();
  expect([isKnown, await hasReceipt(tweetId)]).toEqual([true, false]);
  await expect(pushChunk(store, push)).rejects.toThrow(EpochOver);
  expect(await audit(pool, store, tweetId)).toMatchObject({ present: 6, twice: 0 });
});

it('keeps what a retry needs weeks later, and lets it go when all is delivered', async () => {
  const { pool } = world.postgres;
  const tweetId = await deliver();
  await giveUp(tweetId, 1);
  for (let sweeps = 0; sweeps < 3; sweeps++) {
    await sweep();
    await later();
  }
  expect(await retryFailed(pool, authorId, tweetId)).toEqual([1]);
  const result = await pushChunk(store, await taken(tweetId));
  expect(result).toEqual({ redelivered: true, delivered: 2, cold: 0 });
  await finishChunks(pool, [{ tweetId, pushed: [{ number: 1, ...result }] }]);
  expect(await audit(pool, store, tweetId)).toMatchObject({ present: 6, twice: 0 });
  await sweep();
  await later();
  expect(await sweep()).toBe(1);
});

it('takes over the receipts of the version before, which were to end after seven days', async () => {
  const [delivered, failed] = [await deliver(), await deliverTweetOf(authorId + 50)];
  await giveUp(failed, 1);
  await store.redis.del(receiptsKey('0'));
  for (const tweetId of [delivered, failed]) await store.redis.expire(receiptKey(tweetId, '0'), 604_800);
  await sweep();
  expect(await store.redis.ttl(receiptKey(failed, '0'))).toBe(-1);
  await later();
  expect(await sweep()).toBe(1);
  expect(await hasReceipt(failed)).toBe(true);
  expect(await hasReceipt(delivered)).toBe(false);
});

it('loses and repeats nothing when its process dies between any two steps', { timeout: 90_000 }, async () => {
  const { pool } = world.postgres;
  const tweetId = await deliver();
  await store.redis.set(adoptedKey('0'), 1);
  await dieAt({ side: 'before', call: 'script', of: '^receipts:' }); // what is finished is on disk
  expect(await store.redis.llen(receiptsKey('0'))).toBe(1);
  await dieAt({ side: 'after', call: 'script', of: '^receipts:' }); // it is listed
  expect(await store.redis.llen(receiptsKey('0'))).toBe(0);
  await later();
  await dieAt({ side: 'after', call: 'script', of: '^receipts-leaving:' }); // it is removed
  expect(await hasReceipt(tweetId)).toBe(false);
  expect(await sweep()).toBe(0);
  expect(await store.redis.exists(receiptsKey('0'), leavingKey('0'))).toBe(0);
  expect(Number(await store.redis.get(sweptKey('0')))).toBeGreaterThan(0);
  expect(await take(tweetId, 0)).toBeUndefined();
  expect(await audit(pool, store, tweetId)).toMatchObject({ present: 6, twice: 0 });
});

async function dieAt(gap: TrapOptions['gap']): Promise<void> {
  const { databaseUrl, queueRedisUrl, timelineRedisUrl } = world;
  const urls = { databaseUrl, queueRedisUrl, timelineRedisUrl };
  const worker = startTrapped({ who: 'worker', gap, signal: 'SIGKILL', urls, drafts: [], chunkSize: 4 });
  onTestFinished(() => worker.signal('SIGKILL'));
  expect(await worker.ended).toBe('SIGKILL');
}
