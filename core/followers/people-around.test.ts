import { afterAll, beforeAll, expect, it } from 'vitest';
import { addFollowers, addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { readFolloweeIds, readFollowerIds, readRelations } from './people-around.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, range(1, 6));
  await addFollowers(world.postgres.pool, 1, [2, 3, 4, 5]);
  await addFollowers(world.postgres.pool, 3, [1]);
  await addFollowers(world.postgres.pool, 6, [1]);
});
afterAll(() => world.close());

const ALL = { before: Number.MAX_SAFE_INTEGER, after: 0, limit: 2, take: 'newest' } as const;

it('gives followers and followees page by page, in both directions', async () => {
  const { pool } = world.postgres;
  expect(await readFollowerIds(pool, 1, ALL)).toEqual([5, 4]);
  expect(await readFollowerIds(pool, 1, { ...ALL, before: 4 })).toEqual([3, 2]);
  expect(await readFollowerIds(pool, 1, { ...ALL, after: 2, take: 'oldest' })).toEqual([4, 3]);
  expect(await readFolloweeIds(pool, 1, ALL)).toEqual([6, 3]);
});

it('says of each person how an account stands to them, in the order asked for', async () => {
  expect(await readRelations(world.postgres.pool, 1, [6, 999, 3, 2])).toEqual([
    { id: 6, follows: true, followedBy: false },
    { id: 3, follows: true, followedBy: true },
    { id: 2, follows: false, followedBy: true },
  ]);
});
