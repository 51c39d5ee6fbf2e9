import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBroker } from '#broker/open-broker.ts';
import { brokerVariables } from '#broker/variables.ts';
import { audit } from '#core/audit/audit.ts';
import { readDeliveries } from '#core/ledger/delivery.ts';
import { changeShards } from '#core/ledger/layout.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { finishChunks, type PushedChunks, startOnlyChunks } from '#core/ledger/start-and-finish.ts';
import { backfill } from '#core/timelines/backfill.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { HomeReader } from '#core/timelines/home-reader.ts';
import { LiveLayout } from '#core/timelines/live-layout.ts';
import { removeRetired } from '#core/timelines/remove-retired.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { asOfNow } from '#core/timelines/timeline.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import type { WorkerContext } from '#worker/context.ts';
import { deliver, deliverMessage } from '#worker/deliver.ts';
import { fanOutHandler } from '#worker/fan-out.ts';
import { largeLane, smallLane } from '#worker/lanes.ts';

const CAP = 100;
const CHUNK = 5; // followers

let world: World;
let broker: ReturnType<typeof openBroker>;
beforeAll(async () => {
  world = await openWorld();
  broker = openBroker(brokerVariables.parse({ QUEUE_REDIS_URL: world.queueRedisUrl }));
});
afterAll(async () => {
  await broker.close(0);
  await world.close();
});

const pool = () => world.postgres.pool;

/** A process of its own: what it knows of the layout is what it has asked for. */
function openProcess() {
  const layout = new LiveLayout();
  const store = layout.storeOn(world.timelines, CAP);
  const epochs = new Epochs();
  const lanes = { small: smallLane(store), large: largeLane(store, world.timelines, epochs, 1) };
  const context: WorkerContext = {
    ...{ name: 'A', pool: pool(), prisma: world.postgres.prisma, broker, lanes, epochs, layout },
    ...{ hints: world.timelines, chunkSize: CHUNK },
  };
  const homes = new HomeReader({ pool: pool(), timelines: store, layout });
  const idsOf = async (userId: number) =>
    (await homes.read({ userId, limit: 20 })).tweets.map(({ id }) => id);
  /** As a worker does twice a second. */
  const look = async () => {
    if (await layout.follow(pool())) epochs.forgetAll();
    await settleOnce(pool(), store, epochs);
    await settleOnce(pool(), store, epochs);
  };
  const deliver = (tweetId: number, chunk: number, count: number) =>
    deliverMessage(context, lanes.large, { tweetId, chunk, count });
  const { signal } = new AbortController();
  const fanOut = (tweetId: number) =>
    fanOutHandler(context)({ body: { tweetIds: [tweetId] }, redelivered: false, signal });
  return { layout, store, context, idsOf, look, deliver, fanOut };
}

let last = 0;

/** An author and followers of his own. */
async function audience(size: number): Promise<{ author: number; followers: number[] }> {
  const author = last + 1;
  const followers = range(author + 1, author + size);
  last += size + 1;
  await addUsers(pool(), [author, ...followers]);
  await addFollowers(pool(), author, followers);
  return { author, followers };
}

const deliveryOf = async (tweetId: number) => (await readDeliveries(pool(), [tweetId]))[0];

it('counts what is left of a plan as cold, and leaves no hole: it is in every timeline that is rebuilt', async () => {
  const worker = openProcess();
  await worker.look();
  const { author, followers } = await audience(20);
  for (const id of followers) await worker.idsOf(id);
  const tweet = await post(pool(), author);
  await planChunks(pool(), tweet, { ...worker.store, chunkSize: CHUNK, most: 10 });
  await worker.deliver(tweet, 0, 1);
  await changeShards(pool(), 2);
  await worker.look();
  expect(await worker.idsOf(followers[7] ?? 0)).toEqual([tweet]); // rebuilt before its chunk is delivered
  await worker.deliver(tweet, 1, 3);
  expect(await deliveryOf(tweet)).toMatchObject({ state: 'delivered', delivered: 5, cold: 15, gone: 0 });
  expect(await audit(pool(), worker.store, tweet)).toMatchObject({ missing: 0, twice: 0, gone: 0 });
  for (const id of followers) expect(await worker.idsOf(id)).toEqual([tweet]);
  expect(await audit(pool(), worker.store, tweet)).toMatchObject({ present: 20, twice: 0 });
});

it('does not come back to timelines that were there before', async () => {
  const worker = openProcess();
  await worker.look();
  const { author, followers } = await audience(12);
  const [reader = 0] = followers;
  expect(await worker.idsOf(reader)).toEqual([]);
  const tweets: number[] = [];
  for (const shards of [1, 2]) {
    await changeShards(pool(), shards);
    await worker.look();
    tweets.unshift(await post(pool(), author));
    await worker.fanOut(tweets[0] ?? 0);
    await worker.deliver(tweets[0] ?? 0, 0, 4);
    expect(await worker.idsOf(reader)).toEqual(tweets);
  }
});

/** How many wait for an advisory lock of this database. */
async function waiting(): Promise<number> {
  const { rows } = await pool().query<{ count: number }>(
    `SELECT count(*)::int FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`,
  );
  return rows[0]?.count ?? 0;
}

it('waits for a plan that is being written, and no plan of before is written after it', async () => {
  const worker = openProcess();
  await worker.look();
  const { author } = await audience(12);
  const tweet = await post(pool(), author);
  const client = await pool().connect();
  await client.query('BEGIN');
  await client.query('SELECT planning_layout()');
  let isChanged = false;
  const changing = changeShards(pool(), 3).then(() => {
    isChanged = true;
  });
  await eventually(async () => expect(await waiting()).toBe(1));
  await pool().query('SELECT planning_layout()'); // another plan, which does not wait until that one is written
  expect(isChanged).toBe(false);
  await client.query('COMMIT');
  client.release();
  await changing;
  const stale = worker.store;
  expect(await planChunks(pool(), tweet, { ...stale, chunkSize: CHUNK, most: 10 })).toEqual({
    outcome: 'elsewhere',
  });
  expect(await startOnlyChunks(pool(), [tweet], { ...stale, worker: 'A', chunkSize: 20 })).toEqual([]);
  await expect(worker.fanOut(tweet)).rejects.toThrow('The number of shards has changed');
  await worker.look();
  await worker.fanOut(tweet);
  expect(await deliveryOf(tweet)).toMatchObject({ state: 'delivering' });
});

it('tries a tweet again that was planned after a change, and taken up before it', async () => {
  const worker = openProcess();
  await worker.look();
  const { author, followers } = await audience(4);
  const [reader = 0] = followers;
  const tweet = await post(pool(), author);
  const take = async () => {
    await changeShards(pool(), 4);
    await worker.look();
    expect(await worker.idsOf(reader)).toEqual([]); // its chunk is to bring it
    return startOnlyChunks(pool(), [tweet], { ...asOfNow(worker.store), worker: 'A', chunkSize: CHUNK });
  };
  const finish = async (pushed: PushedChunks) => (await finishChunks(pool(), [pushed]))[0] ?? null;
  const lane = worker.context.lanes.small;
  await expect(deliver(worker.context, { lane, take, finish })).rejects.toThrow('has changed');
  await worker.fanOut(tweet);
  expect(await worker.idsOf(reader)).toEqual([tweet]);
  expect(await audit(pool(), worker.store, tweet)).toMatchObject({ present: 1, cold: 3, missing: 0 });
});

it('shows nothing old in a process that has not heard of it', async () => {
  const [worker, other] = [openProcess(), openProcess()];
  await Promise.all([worker.look(), other.look()]);
  const { author, followers } = await audience(4);
  const [reader = 0] = followers;
  for (const _ of ['cold', 'warm']) expect(await other.idsOf(reader)).toEqual([]); // in the layout of before
  expect(await changeShards(pool(), 5)).toBe(true);
  await worker.look();
  expect(await worker.idsOf(reader)).toEqual([]); // and in this one
  const tweet = await post(pool(), author);
  await worker.fanOut(tweet);
  expect(await deliveryOf(tweet)).toMatchObject({ state: 'delivered', delivered: 1, cold: 3, chunks: 1 });
  expect(await other.idsOf(reader)).toEqual([tweet]);
});

it('gives no name again that is in the store when Postgres was restored to before a change', async () => {
  const isOfItsSecond = `
    SELECT abs(extract(epoch FROM made_at - timestamptz '2026-01-01 00:00:00+00') - generation) < 60 AS "isSo"
    FROM timeline_layout ORDER BY generation DESC LIMIT 1`;
  expect(await changeShards(pool(), 6)).toBe(true);
  expect((await pool().query(isOfItsSecond)).rows).toEqual([{ isSo: true }]);
});

it('notes no backfill of a timeline that nobody reads', async () => {
  const [worker, stale] = [openProcess(), openProcess()];
  await Promise.all([worker.look(), stale.look()]);
  const { author, followers } = await audience(1);
  const tweet = await post(pool(), author);
  const [, reader = 0] = (await audience(1)).followers.flatMap((id) => [followers[0], id]);
  await stale.idsOf(reader);
  await changeShards(pool(), 2);
  await worker.look();
  await worker.idsOf(reader);
  await addFollowers(pool(), author, [reader]);
  expect(await backfill(pool(), stale.store, reader)).toBe(false);
  expect(await worker.idsOf(reader)).toEqual([tweet]);
});

it('removes the keys of before, and nothing else', async () => {
  const worker = openProcess();
  await worker.look();
  await world.timelines.set('h:{somebody}:else', 1);
  // Of a version before, whose number of shards the ledger could not tell from its chunks.
  for (const key of ['h:{7}:7', 'receipt:{7}:1', 'epoch:{7}']) await world.timelines.set(key, 1);
  while ((await removeRetired(pool(), world.timelines)) > 0);
  const keys = await world.timelines.keys('*{*');
  const others = keys.filter((key) => !key.includes(`{${worker.layout.generation}.`));
  expect(others).toEqual(['h:{somebody}:else']);
  expect(keys.length).toBeGreaterThan(5);
});
