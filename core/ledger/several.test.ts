import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkLedger } from '#core/audit/ledger-rules.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { readDeliveries } from './delivery.ts';
import { failChunk } from './fail-chunk.ts';
import { planChunks } from './plan.ts';
import { finishChunks, startOnlyChunks } from './start-and-finish.ts';

const AUTHORS = range(1, 4); // the n-th has 10 n followers
const LARGEST = 4;
const WORKER = { worker: 'A', chunkSize: 30, shards: 1 };

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 50));
  for (const author of AUTHORS) await addFollowers(pool(), author, range(11, 10 + 10 * author));
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const postAll = async (authors: number[]) => {
  const tweetIds: number[] = [];
  for (const author of authors) tweetIds.push(await post(pool(), author));
  return tweetIds;
};
const whole = (tweetId: number, delivered: number, number = 0) => ({
  tweetId,
  pushed: [{ number, delivered, cold: 0, redelivered: false }],
});

it('starts several small fan-outs at once, each with its own followers, and leaves out the others', async () => {
  const [ten = 0, twenty = 0, large = 0] = await postAll([1, 2, LARGEST]);
  const works = await startOnlyChunks(pool(), [large, twenty, 999_999, ten], WORKER);
  expect(works.map(({ tweetId, authorId, expected }) => [tweetId, authorId, expected]).sort()).toEqual([
    [ten, 1, 10],
    [twenty, 2, 20],
  ]);
  for (const { expected, followers } of works) expect(followers).toHaveLength(8 * expected);
  expect(await startOnlyChunks(pool(), [ten, twenty], WORKER)).toEqual([]);
  expect(await readDeliveries(pool(), [large])).toMatchObject([{ state: 'waiting', startedAt: null }]);
});
it('finishes several at once by the same rule as one: closed, still open, or closed as failed', async () => {
  const [only = 0, open = 0, failed = 0] = await postAll([1, 2, 3]);
  await startOnlyChunks(pool(), [only], WORKER);
  for (const tweetId of [open, failed])
    await planChunks(pool(), tweetId, { chunkSize: 10, shards: 1, most: 9 });
  await finishChunks(pool(), [whole(failed, 10, 0)]);
  while ((await failChunk(pool(), { tweetId: failed, number: 1 }, 'poison')).outcome === 'retry');
  const finished = await finishChunks(pool(), [whole(failed, 9, 2), whole(open, 8, 1), whole(only, 7)]);
  expect(finished.sort((a, b) => a.tweetId - b.tweetId)).toMatchObject([
    { tweetId: only, authorId: 1, chunks: 1, isDelivered: true },
    { tweetId: open, authorId: 2, chunks: 2, isDelivered: false },
    { tweetId: failed, authorId: 3, chunks: 3, isDelivered: false },
  ]);
  const deliveries = await readDeliveries(pool(), [only, open, failed]);
  expect(deliveries.sort((a, b) => a.tweetId - b.tweetId)).toMatchObject([
    { tweetId: only, state: 'delivered', delivered: 7, gone: 3, chunksDone: 1 },
    { tweetId: open, state: 'delivering', delivered: 8, chunksDone: 1 },
    { tweetId: failed, state: 'failed', delivered: 19, gone: 1, chunksDone: 2, chunksFailed: 1 },
  ]);
  expect(await checkLedger(pool())).toEqual([]);
});

it('finishes each once, however often it comes, beside others that are new', async () => {
  const [old = 0, late = 0] = await postAll([1, 2]);
  await startOnlyChunks(pool(), [old, late], WORKER);
  await finishChunks(pool(), [whole(old, 10), whole(old, 10)]);
  const again = await finishChunks(pool(), [whole(old, 10), whole(late, 20)]);
  expect(again.map(({ tweetId }) => tweetId)).toEqual([late]);
  expect(await readDeliveries(pool(), [old])).toMatchObject([{ delivered: 10, chunksDone: 1 }]);
  expect(await checkLedger(pool())).toEqual([]);
});

it('delivers nothing of one that is deleted meanwhile, and the others are finished beside it', async () => {
  const [deleted = 0, other = 0] = await postAll([1, 2]);
  await startOnlyChunks(pool(), [deleted, other], WORKER);
  await deleteTweet(pool(), 1, deleted);
  await finishChunks(pool(), [whole(deleted, 0), whole(other, 20)]);
  expect((await readDeliveries(pool(), [other, deleted])).map(({ state }) => state).sort()).toEqual([
    'cancelled',
    'delivered',
  ]);
  expect(await checkLedger(pool())).toEqual([]);
});
it('never waits in a circle: workers that start and finish the same tweets in any order all come to an end', async () => {
  const tweetIds = await postAll(range(1, 24).map((n) => 1 + (n % 3)));
  const orders = [tweetIds, [...tweetIds].reverse(), [...tweetIds].sort((a, b) => (a % 7) - (b % 7))];
  const works = (await Promise.all(orders.map((order) => startOnlyChunks(pool(), order, WORKER)))).flat();
  expect(new Set(works.map(({ tweetId }) => tweetId)).size).toBe(works.length);
  const left = tweetIds.filter((tweetId) => !works.some((work) => work.tweetId === tweetId));
  works.push(...(await startOnlyChunks(pool(), left, WORKER)));
  const expected = new Map(works.map((work) => [work.tweetId, work.expected]));
  const finishing = orders.map((order) =>
    finishChunks(
      pool(),
      order.map((tweetId) => whole(tweetId, expected.get(tweetId) ?? 0)),
    ),
  );
  const finished = (await Promise.all(finishing)).flat();
  expect(finished.map(({ tweetId }) => tweetId).sort()).toEqual([...tweetIds].sort());
  expect(await checkLedger(pool())).toEqual([]);
});
