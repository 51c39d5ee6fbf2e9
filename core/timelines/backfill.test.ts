import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openPostgres } from '#core/postgres.ts';
import { openRedis } from '#core/redis.ts';
import { Link } from '#testing/link.ts';
import { addFollowers, addUsers, post } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { backfill, isBackfilled } from './backfill.ts';
import { readHome } from './home-timeline.ts';
import { settleOnce } from './settle.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

it('keeps no connection to Postgres while it waits for a store that hangs', async () => {
  const timelines = { redis: world.timelines, shards: 1, cap: 100 };
  await settleOnce(world.postgres.pool, timelines);
  await addUsers(world.postgres.pool, [1, 2]);
  const tweetId = await post(world.postgres.pool, 1);
  await addFollowers(world.postgres.pool, 1, [2]);

  const link = await Link.open(Number(new URL(world.timelineRedisUrl).port));
  const url = Object.assign(new URL(world.timelineRedisUrl), { port: link.port }).href;
  const redis = openRedis(url, 'test', 1_000);
  await redis.ping();
  const { pool, close } = openPostgres({ url: world.databaseUrl, name: 'test', max: 1 });
  onTestFinished(async () => {
    redis.disconnect();
    await link.close();
    await close();
  });
  link.stall();
  const ended: string[] = [];
  const backfilled = backfill(pool, { ...timelines, redis }, 2).catch(() => ended.push('backfill'));
  // Behind the one statement that looks for what is to be done.
  for (const name of ['first', 'second']) await pool.query('SELECT').then(() => ended.push(name));
  await backfilled;
  expect(ended).toEqual(['first', 'second', 'backfill']);

  expect(await isBackfilled(pool, timelines, 2)).toBe(false);
  const page = await readHome({ pool, timelines }, { userId: 2, limit: 5 });
  expect(page.tweets.map(({ id }) => id)).toEqual([tweetId]);
  expect(await isBackfilled(pool, timelines, 2)).toBe(true);
});
