import { afterAll, beforeAll, expect, it } from 'vitest';
import { addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { countByFollowers } from './follower-histogram.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ breaks: ['followers are counted right'] });
});
afterAll(() => world.close());

it('counts people by the power of ten of their followers, with the powers that nobody has', async () => {
  const { pool } = world.postgres;
  expect(await countByFollowers(pool)).toEqual([{ from: 0, people: 0 }]);
  const followers = [0, 0, 1, 9, 10, 99, 1_000, 1_000_000];
  await addUsers(pool, range(1, followers.length));
  await pool.query(
    `UPDATE "user" u SET follower_count = f.count
     FROM unnest($1::int[]) WITH ORDINALITY AS f (count, id) WHERE u.id = f.id`,
    [followers],
  );
  expect(await countByFollowers(pool)).toEqual([
    { from: 0, people: 2 },
    { from: 1, people: 2 },
    { from: 10, people: 2 },
    { from: 100, people: 0 },
    { from: 1_000, people: 1 },
    { from: 10_000, people: 0 },
    { from: 100_000, people: 0 },
    { from: 1_000_000, people: 1 },
  ]);
});
