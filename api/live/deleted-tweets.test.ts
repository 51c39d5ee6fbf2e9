import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { HintSource } from '#core/hints.ts';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { TWEET_CHANGES } from '#core/tweets/tweet-changes.ts';
import { eventually } from '#testing/eventually.ts';
import { addUsers, post } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { DeletedTweets } from './deleted-tweets.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [1]);
});
afterAll(() => world.close());

async function postAndDelete(): Promise<number> {
  const id = await post(world.postgres.pool, 1);
  await deleteTweet(world.postgres.pool, 1, id);
  return id;
}

it('tells a newcomer nothing of long ago, also when the last one left in the middle of a read', async () => {
  const redis = openRedis(world.timelineRedisUrl, 'deleted tweets');
  const { pool, close } = openPostgres({ url: world.databaseUrl, max: 1, name: 'deleted tweets' });
  const changes = new HintSource(TWEET_CHANGES, () => redis);
  const deletedTweets = new DeletedTweets({ pool, changes });
  const reads = vi.spyOn(pool, 'query');
  const watch = (deleted: (tweetId: number) => void) => deletedTweets.watch({ userId: 'everybody', deleted });

  const holder = await world.postgres.pool.connect();
  await holder.query('BEGIN; LOCK TABLE home_change');
  const leave = watch(() => {});
  expect(reads).toHaveBeenCalledOnce();
  leave();
  await holder.query('COMMIT');
  holder.release();
  await eventually(() => expect(reads.mock.settledResults[1]?.type).toBe('fulfilled'));

  await postAndDelete();
  await world.postgres.pool.query(`UPDATE home_change SET at = at - interval '1 day'`);
  const recent = await postAndDelete();
  const told: number[] = [];
  const leaveAgain = watch((tweetId) => told.push(tweetId));
  await eventually(() => expect(told).toContain(recent));
  expect(told).toEqual([recent]);
  leaveAgain();
  redis.disconnect();
  await close();
});
