import { afterAll, beforeAll, expect, it } from 'vitest';
import { unfollow } from '#core/followers/follow.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { readDeliveries } from './delivery.ts';
import { failChunk } from './fail-chunk.ts';
import { planChunks } from './plan.ts';
import { finishChunks } from './start-and-finish.ts';

/** The trigger `close_fan_out`, whichever statement counts the last chunk. The world checks the ledger's rules as well. */
const [AUTHOR, LEFT] = [1, 2]; // with ten followers, and with one who unfollows
const CHUNKS = 2; // of five followers each

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 12));
  await addFollowers(pool(), AUTHOR, range(3, 12));
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const plan = (tweetId: number, most = 10) => planChunks(pool(), tweetId, { chunkSize: 5, shards: 1, most });
const finish = (tweetId: number, number: number, delivered = 5) =>
  finishChunks(pool(), [{ tweetId, pushed: [{ number, delivered, cold: 0, redelivered: false }] }]);
const giveUp = async (tweetId: number, number: number) => {
  while ((await failChunk(pool(), { tweetId, number }, 'WRONGTYPE')).outcome === 'retry');
};
const read = async (tweetId: number) => (await readDeliveries(pool(), [tweetId]))[0];

it('closes with the chunk that is delivered last', async () => {
  const tweetId = await post(pool(), AUTHOR);
  await plan(tweetId);
  await finish(tweetId, 0, 4);
  expect(await read(tweetId)).toMatchObject({ state: 'delivering', gone: 1, finishedAt: null });
  await finish(tweetId, 1);
  expect(await read(tweetId)).toMatchObject({ state: 'delivered', delivered: 9, gone: 1 });
});

it('closes as failed with the chunk that is given up last', async () => {
  const tweetId = await post(pool(), AUTHOR);
  await plan(tweetId);
  await finish(tweetId, 0);
  await giveUp(tweetId, 1);
  expect(await read(tweetId)).toMatchObject({ state: 'failed', delivered: 5, gone: 0 });
  expect((await read(tweetId))?.finishedAt).not.toBeNull();
});

it('closes with the end of the plan, when its chunks were faster', async () => {
  const [delivered, failed] = [await post(pool(), AUTHOR), await post(pool(), AUTHOR)];
  for (const tweetId of [delivered, failed]) {
    await plan(tweetId, CHUNKS); // as many as there are: that there are no more is known after the next step
    await finish(tweetId, 0);
  }
  await finish(delivered, 1);
  await giveUp(failed, 1);
  for (const tweetId of [delivered, failed])
    expect(await read(tweetId)).toMatchObject({ state: 'delivering', plannedAt: null });
  for (const tweetId of [delivered, failed]) await plan(tweetId, CHUNKS);
  expect(await read(delivered)).toMatchObject({ state: 'delivered', delivered: 10 });
  expect(await read(failed)).toMatchObject({ state: 'failed', delivered: 5 });
});

it('closes with a plan without a chunk, when everybody has unfollowed', async () => {
  await addFollowers(pool(), LEFT, [3]);
  const tweetId = await post(pool(), LEFT);
  await unfollow(pool(), { followerId: 3, followeeId: LEFT });
  await plan(tweetId);
  expect(await read(tweetId)).toMatchObject({ state: 'delivered', chunks: 0, gone: 1 });
});

it('leaves a cancelled fan-out cancelled, at the time of its end', async () => {
  const tweetId = await post(pool(), AUTHOR);
  await plan(tweetId);
  await deleteTweet(pool(), AUTHOR, tweetId);
  const cancelled = await read(tweetId);
  await finish(tweetId, 0);
  await giveUp(tweetId, 1);
  const { state, finishedAt } = (await read(tweetId)) ?? {};
  expect({ state, finishedAt }).toEqual({ state: 'cancelled', finishedAt: cancelled?.finishedAt });
});
