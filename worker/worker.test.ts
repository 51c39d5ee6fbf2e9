import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import type { Broker } from '#broker/port.ts';
import { brokerVariables } from '#broker/variables.ts';
import { audit } from '#core/audit/audit.ts';
import { unfollow } from '#core/followers/follow.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { PROGRESS_CHANNEL, type Progress, parseProgress } from '#core/progress/progress.ts';
import { openRedis } from '#core/redis.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { readHome } from '#core/timelines/home-timeline.ts';
import { timelineKey } from '#core/timelines/keys.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import type { TimelineStore } from '#core/timelines/timeline.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { addFollowers, addUsers, post, range } from '#dev/testing/people.ts';
import { openWorld, type World } from '#dev/testing/world.ts';
import type { WorkerContext } from '#worker/context.ts';
import { chunkLane, expressLane } from '#worker/lane.ts';
import { relayOnce } from '#worker/relay.ts';
import { type RunningWorker, startWorker } from '#worker/start-worker.ts';

const CHUNK = 10; // followers; small, so that 95 of them are ten chunks

let world: World;
let timelines: TimelineStore;
let broker: Broker;
let context: WorkerContext;
let workers: RunningWorker[] = [];
let author = 0;

beforeAll(async () => {
  world = await openWorld();
  broker = openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: world.queueRedisUrl }));
  timelines = { redis: world.timelines, shards: 1, cap: 800 };
  const { pool } = world.postgres;
  await settleOnce(pool, timelines);
  const lanes = { chunks: chunkLane(timelines), express: expressLane(timelines) };
  context = {
    name: 'A',
    pool,
    broker,
    ...lanes,
    epochs: new Epochs(),
    hints: world.timelines,
    chunkSize: CHUNK,
  };
  workers = ['A', 'B'].map((name) =>
    startWorker({ ...context, name }, { fanOutConcurrency: 4, deliveryConcurrency: 2, log: () => {} }),
  );
});
beforeEach(() => {
  author += 1_000;
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop(2_000)));
  await broker.close(0);
  await world.close();
});

/** An author with followers, all of them warm unless told. */
async function audience(size: number, cold = 0): Promise<number[]> {
  const { pool } = world.postgres;
  const followers = range(author + 1, author + size);
  await addUsers(pool, [author, ...followers]);
  await addFollowers(pool, author, followers);
  const stores = { pool, timelines };
  await Promise.all(followers.slice(cold).map((userId) => readHome(stores, { userId, limit: 1 })));
  return followers;
}

const publish = (tweetId: number, times = 1) =>
  Promise.all(
    range(1, times).map((n) =>
      broker.publish('fan-out', [{ key: `${tweetId}-copy-${n}`, body: { tweetId } }]),
    ),
  );

const delivered = (tweetId: number) =>
  vi.waitFor(
    async () => {
      const [delivery] = await readDeliveries(world.postgres.pool, [tweetId]);
      if (delivery?.state !== 'delivered') throw new Error(`Tweet ${tweetId} is ${delivery?.state}`);
      return delivery;
    },
    { timeout: 15_000, interval: 20 },
  );

const readBack = (tweetId: number) => audit(world.postgres.pool, timelines, tweetId);

it('delivers a small fan-out as one chunk', async () => {
  await audience(7);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  expect(await delivered(tweet)).toMatchObject({
    expected: 7,
    delivered: 7,
    cold: 0,
    gone: 0,
    chunks: 1,
    chunksDone: 1,
  });
  expect(await readBack(tweet)).toMatchObject({ present: 7, missing: 0, twice: 0 });
});

it('plans a large one in chunks and delivers every one of them once', async () => {
  await audience(95);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  expect(await delivered(tweet)).toMatchObject({
    delivered: 95,
    chunks: 10,
    chunksDone: 10,
    redeliveries: 0,
  });
  expect(await readBack(tweet)).toMatchObject({
    expected: 95,
    present: 95,
    cold: 0,
    gone: 0,
    missing: 0,
    twice: 0,
  });
});

it('plans no empty chunk when followers fill the last one exactly', async () => {
  await audience(40);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  expect(await delivered(tweet)).toMatchObject({ delivered: 40, chunks: 4 });
});

it('counts timelines that do not exist as cold, and their owners find the tweet all the same', async () => {
  const followers = await audience(25, 5);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  expect(await delivered(tweet)).toMatchObject({ delivered: 20, cold: 5 });
  const [reader = 0] = followers;
  const stores = { pool: world.postgres.pool, timelines };
  expect((await readHome(stores, { userId: reader, limit: 1 })).tweets[0]?.id).toBe(tweet);
  expect(await readBack(tweet)).toMatchObject({ present: 21, cold: 4, missing: 0, twice: 0 });
});

it('counts those who unfollowed before their chunk came as gone', async () => {
  const followers = await audience(25);
  const tweet = await post(world.postgres.pool, author);
  for (const followerId of followers.slice(0, 3))
    await unfollow(world.postgres.pool, { followerId, followeeId: author });
  await publish(tweet);
  expect(await delivered(tweet)).toMatchObject({ expected: 25, delivered: 22, cold: 0, gone: 3 });
  expect(await readBack(tweet)).toMatchObject({ present: 22, gone: 3, missing: 0 });
});

it('delivers nothing to those who followed after the tweet: they have it by the backfill, once', async () => {
  await audience(5);
  const tweet = await post(world.postgres.pool, author);
  const late = author + 500;
  await addUsers(world.postgres.pool, [late]);
  await addFollowers(world.postgres.pool, author, [late]);
  await publish(tweet);
  expect(await delivered(tweet)).toMatchObject({ expected: 5, delivered: 5 });
  const stores = { pool: world.postgres.pool, timelines };
  const home = await readHome(stores, { userId: late, limit: 5 });
  expect(home.tweets.map((each) => each.id)).toEqual([tweet]);
});

it('changes nothing when the fan-out comes twenty times at once', async () => {
  await audience(95);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet, 20);
  expect(await delivered(tweet)).toMatchObject({ delivered: 95, chunks: 10, chunksDone: 10 });
  await settled();
  expect(await readBack(tweet)).toMatchObject({ present: 95, missing: 0, twice: 0 });
});

it('ignores chunks that come again after the end, and counts them', async () => {
  await audience(25);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  await delivered(tweet);
  await broker.publish(
    'delivery',
    range(0, 2).map((chunk) => ({ key: `again-${tweet}-${chunk}`, body: { tweetId: tweet, chunk } })),
  );
  await settled();
  const [after] = await readDeliveries(world.postgres.pool, [tweet]);
  expect(after).toMatchObject({ state: 'delivered', delivered: 25, redeliveries: 3 });
  expect(await readBack(tweet)).toMatchObject({ present: 25, twice: 0 });
});

it('answers from the receipt when a worker died between push and ledger', async () => {
  await audience(25);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  await delivered(tweet);
  // As if the ledger had never heard of chunk 1.
  await world.postgres.pool.query(
    `WITH undone AS (UPDATE chunk SET state = 'waiting', delivered = 0 WHERE tweet_id = $1 AND number = 1)
     UPDATE fan_out SET state = 'delivering', delivered = delivered - 10, chunks_done = chunks_done - 1,
       finished_at = NULL WHERE tweet_id = $1`,
    [tweet],
  );
  await publish(tweet);
  expect(await delivered(tweet)).toMatchObject({ delivered: 25, redeliveries: 1 });
  expect(await readBack(tweet)).toMatchObject({ present: 25, twice: 0 });
});

it('tries again the one chunk of a message that failed, and delivers the others at once', async () => {
  const followers = await audience(95);
  const broken = timelineKey(followers[55] ?? 0, 1); // in chunk 5; a message holds chunks 4 to 7
  await world.timelines.rename(broken, 'kept');
  await world.timelines.set(broken, 'no list');
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  const chunks = () => readChunks(world.postgres.pool, tweet);
  await vi.waitFor(async () => expect((await chunks())[5]?.error).toMatch(/WRONGTYPE/));
  await vi.waitFor(async () => {
    const done = (await chunks()).filter(({ state }) => state === 'delivered');
    expect(done.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9]);
  });
  await world.timelines.rename('kept', broken);
  expect(await delivered(tweet)).toMatchObject({ delivered: 95, chunksDone: 10 });
  expect((await chunks()).map(({ attempts }) => attempts > 1)).toEqual(range(0, 9).map((n) => n === 5));
  expect((await readBack(tweet)).missing).toBe(0);
});

it('delivers nothing of a deleted tweet, however late its messages come', async () => {
  const [reader = 0] = await audience(25);
  const tweet = await post(world.postgres.pool, author);
  await deleteTweet(world.postgres.pool, author, tweet);
  await publish(tweet);
  await settled();
  expect(await readDeliveries(world.postgres.pool, [tweet])).toMatchObject([
    { state: 'cancelled', delivered: 0 },
  ]);
  const stores = { pool: world.postgres.pool, timelines };
  expect((await readHome(stores, { userId: reader, limit: 5 })).tweets).toEqual([]);
});

it('finds what the web process never published, once it is due', async () => {
  await audience(7);
  const tweet = await post(world.postgres.pool, author);
  await world.postgres.pool.query(`UPDATE fan_out SET due_at = now() - interval '1 s' WHERE tweet_id = $1`, [
    tweet,
  ]);
  await relayOnce(context);
  const delivery = await delivered(tweet);
  expect(delivery).toMatchObject({ delivered: 7 });
});

it('heals when the broker is emptied in the middle', async () => {
  await audience(95);
  const tweet = await post(world.postgres.pool, author);
  const queue = openRedis(world.queueRedisUrl, 'nemesis');
  await publish(tweet);
  await queue.flushdb();
  queue.disconnect();
  await world.postgres.pool.query(`UPDATE fan_out SET due_at = now() - interval '1 s' WHERE tweet_id = $1`, [
    tweet,
  ]);
  expect(await delivered(tweet)).toMatchObject({ delivered: 95 });
  expect(await readBack(tweet)).toMatchObject({ present: 95, missing: 0, twice: 0 });
});

it('tells the progress message by message, never backwards and never above what is expected', async () => {
  const followers = await audience(95);
  const heard: Progress[] = [];
  const ear = openRedis(world.timelineRedisUrl, 'ear');
  ear.on('message', (_channel, message) => heard.push(parseProgress(message)));
  await ear.subscribe(PROGRESS_CHANNEL);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  await delivered(tweet);
  const ranges = () => finished(heard, tweet).flatMap((event) => event.ranges);
  await vi.waitFor(() => expect(ranges()).toHaveLength(10));
  ear.disconnect();
  const told = ranges().flatMap(({ fromId, toId }) => range(fromId, toId));
  for (const follower of followers) expect(told.filter((id) => id === follower)).toHaveLength(1);
  const counts = finished(heard, tweet).map((event) => event.delivery.delivered);
  expect(Math.max(...counts)).toBe(95);
  expect(new Set(counts).size).toBe(counts.length);
});

it('gives up a message that is not one, and goes on', async () => {
  await broker.publish('delivery', [{ key: 'poison', body: { chunk: 'none' } }]);
  await vi.waitFor(async () => {
    const [dead] = await broker.deadLetters('delivery', 1);
    expect(dead?.error).toMatch(/tweetId: /);
  });
  await audience(15);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  expect(await delivered(tweet)).toMatchObject({ delivered: 15 });
});

it('keeps the worker that took a chunk in the ledger', async () => {
  await audience(35);
  const tweet = await post(world.postgres.pool, author);
  await publish(tweet);
  await delivered(tweet);
  const chunks = await readChunks(world.postgres.pool, tweet);
  expect(chunks.map((chunk) => chunk.expected)).toEqual([10, 10, 10, 5]);
  for (const chunk of chunks) expect(chunk).toMatchObject({ state: 'delivered', attempts: 1, gone: 0 });
  for (const chunk of chunks) expect(['A', 'B']).toContain(chunk.worker);
});

const finished = (heard: Progress[], tweet: number) =>
  heard.filter((event) => event.kind === 'finished').filter((event) => event.delivery.tweetId === tweet);

/** Nothing waits and nothing is in flight on either queue. */
const settled = () =>
  vi.waitFor(
    async () => {
      for (const queue of ['fan-out', 'delivery'] as const)
        expect(await broker.depth(queue)).toMatchObject({ waiting: 0, inFlight: 0 });
    },
    { timeout: 10_000, interval: 20 },
  );
