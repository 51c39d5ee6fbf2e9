import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTimeline } from '#core/timelines/read-timeline.ts';
import { settleOnce } from '#core/timelines/settle.ts';
import { openWorld, type World } from '#dev/testing/world.ts';
import { addAuthorWithFollowers } from './author-with-followers.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test('an author comes with exactly so many followers, each with a warm timeline of the author’s tweets', async () => {
  const store = { redis: world.timelines, shards: 3, cap: 10 };
  const { pool } = world.postgres;
  const first = await addAuthorWithFollowers(pool, store, { handle: 'ada', followers: 5, tweets: 0 });
  const second = await addAuthorWithFollowers(pool, store, { handle: 'bea', followers: 7_000, tweets: 12 });
  expect(first).toEqual({ id: 1, followers: { from: 2, to: 6 } });
  expect(second).toEqual({ id: 7, followers: { from: 8, to: 7_007 } });

  const { rows } = await pool.query(
    'SELECT follower_count AS count FROM "user" WHERE id IN (1, 7) ORDER BY id',
  );
  expect(rows).toEqual([{ count: 5 }, { count: 7_000 }]);
  expect(await world.timelines.keys('h:*')).toHaveLength(7_005);
  await settleOnce(world.postgres.pool, store);
  expect(await readTimeline(store, 6)).toEqual({ outcome: 'warm', ids: [], floor: 0 });
  const newest = [12, 11, 10, 9, 8, 7, 6, 5, 4, 3];
  expect(await readTimeline(store, 8)).toEqual({ outcome: 'warm', ids: newest, floor: 2 });
  expect(await readTimeline(store, 7_007)).toEqual({ outcome: 'warm', ids: newest, floor: 2 });
});
