import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { readBacklog } from '#core/admission/backlog.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { readDeliveries } from './delivery.ts';
import { failChunk } from './fail-chunk.ts';
import { planChunks } from './plan.ts';
import { retryFailed } from './retry-failed.ts';
import { finishChunks, startChunks } from './start-and-finish.ts';

let world: World;
let tweet = 0;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, range(1, 11));
  await addFollowers(world.postgres.pool, 1, range(2, 11));
});
beforeEach(async () => {
  tweet = await post(world.postgres.pool, 1);
  await planChunks(world.postgres.pool, tweet, { chunkSize: 5, shards: 1, most: 10 });
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const chunk = (number: number) => ({ tweetId: tweet, number });
const whole = (number: number) => ({ number, redelivered: false, delivered: 5, cold: 0 });
const first = () => ({ tweetId: tweet, chunk: 0, count: 1 });
const ledger = async () => (await readDeliveries(pool(), [tweet]))[0];
const giveUp = async (number: number) => {
  for (;;) if ((await failChunk(pool(), chunk(number), 'WRONGTYPE')).outcome === 'given up') return;
};

it('backs off longer with every failure, and gives up at last with the error kept', async () => {
  const delays: number[] = [];
  for (;;) {
    const verdict = await failChunk(pool(), chunk(0), 'WRONGTYPE');
    if (verdict.outcome === 'given up') break;
    delays.push(verdict.delayMs);
  }
  expect(delays).toHaveLength(7);
  for (const [n, delay] of delays.entries()) expect(delay).toBeLessThanOrEqual(2_000 * 2 ** n);
  const { rows } = await pool().query('SELECT state, error FROM chunk WHERE tweet_id = $1 AND number = 0', [
    tweet,
  ]);
  expect(rows).toEqual([{ state: 'failed', error: 'WRONGTYPE' }]);
});

it('keeps an error without the NUL that Postgres takes in no text', async () => {
  await failChunk(pool(), { tweetId: tweet, number: 0 }, 'WRONG\0TYPE');
  const { rows } = await pool().query('SELECT error FROM chunk WHERE tweet_id = $1 AND number = 0', [tweet]);
  expect(rows).toEqual([{ error: 'WRONGTYPE' }]);
});

it('goes on with the other chunks and fails the fan-out only when nothing else is left', async () => {
  await giveUp(0);
  expect(await ledger()).toMatchObject({ state: 'delivering', chunksFailed: 1 });
  await finishChunks(pool(), [{ tweetId: tweet, pushed: [whole(1)] }]);
  expect(await ledger()).toMatchObject({ state: 'failed', delivered: 5, chunksFailed: 1 });
});

it('fails the fan-out also when the chunk that is given up is the last one', async () => {
  await finishChunks(pool(), [{ tweetId: tweet, pushed: [whole(1)] }]);
  await giveUp(0);
  expect(await ledger()).toMatchObject({ state: 'failed', delivered: 5 });
});

it('hands a given-up chunk to no worker until its author retries it, and closes the fan-out then', async () => {
  await finishChunks(pool(), [{ tweetId: tweet, pushed: [whole(1)] }]);
  await giveUp(0);
  const options = { worker: 'A', shards: 1 };
  expect(await startChunks(pool(), first(), options)).toEqual([]);
  expect(await retryFailed(pool(), 2, tweet)).toEqual([]);
  expect(await retryFailed(pool(), 1, tweet)).toEqual([0]);
  expect(await startChunks(pool(), first(), options)).toHaveLength(1);
  await finishChunks(pool(), [{ tweetId: tweet, pushed: [whole(0)] }]);
  expect(await ledger()).toMatchObject({ state: 'delivered', delivered: 10, chunksFailed: 0 });
});

it('closes once when all chunks finish at the same time', async () => {
  const many = await post(pool(), 1);
  await planChunks(pool(), many, { chunkSize: 1, shards: 1, most: 100 });
  const one = { redelivered: false, delivered: 1, cold: 0 };
  const closings = await Promise.all(
    range(0, 9).map((number) => finishChunks(pool(), [{ tweetId: many, pushed: [{ number, ...one }] }])),
  );
  expect(closings.flat().filter(({ isDelivered }) => isDelivered)).toHaveLength(1);
  expect((await readDeliveries(pool(), [many]))[0]).toMatchObject({
    state: 'delivered',
    delivered: 10,
    chunksDone: 10,
  });
});

it('takes given-up deliveries out of the backlog and puts retried ones back', async () => {
  const before = (await readBacklog(pool())).deliveries;
  await finishChunks(pool(), [{ tweetId: tweet, pushed: [whole(1)] }]);
  await giveUp(0);
  expect((await readBacklog(pool())).deliveries).toBe(before - 10);
  await retryFailed(pool(), 1, tweet);
  expect((await readBacklog(pool())).deliveries).toBe(before - 5);
});
