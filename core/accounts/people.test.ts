import { afterAll, beforeAll, expect, it } from 'vitest';
import { follow } from '#core/followers/follow.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { rowsRead } from '#testing/rows-read.ts';
import { statementsOf } from '#testing/statements.ts';
import { openWorld, type World } from '#testing/world.ts';
import { findByHandle, MOST_COUNTED, readPeople } from './people.ts';
import { PeopleCache } from './people-cache.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [...range(1, 12), ...range(1_000, 3_000)]);
  await world.postgres.pool.query('ANALYZE');
});
afterAll(() => world.close());

it('tells of people what a profile says, with the tweets that are not deleted', async () => {
  const { pool } = world.postgres;
  await follow(pool, { followerId: 2, followeeId: 1 });
  await post(pool, 1, 'Stays');
  await deleteTweet(pool, 1, await post(pool, 1, 'Goes'));
  const people = await readPeople(pool, [1, 2, 999]);
  expect(people.sort((a, b) => a.id - b.id)).toMatchObject([
    {
      id: 1,
      handle: 'user1',
      followerCount: 1,
      followingCount: 0,
      tweetCount: 1,
      lastTweetAt: expect.any(Date),
    },
    { id: 2, followerCount: 0, followingCount: 1, tweetCount: 0, lastTweetAt: null },
  ]);
});

it('counts no more tweets than it says', async () => {
  const { pool } = world.postgres;
  await pool.query(
    `INSERT INTO tweet (id, author_id, text) SELECT nextval('tweet_id_seq'), 3, '' FROM generate_series(1, $1::int + 5)`,
    [MOST_COUNTED],
  );
  expect(await readPeople(pool, [3])).toMatchObject([{ tweetCount: MOST_COUNTED }]);
});

it('finds people by the beginning of their handle, the one with just this handle first', async () => {
  const { pool } = world.postgres;
  const people = rowsRead(world, 'user');
  const read = await people.by(async (counted) => {
    expect(await findByHandle(counted, 'user1', { limit: 3 })).toEqual([1, 10, 1_000]);
  });
  expect(read).toBeLessThan(10);
  await people.close();
  for (const nobody of ['', 'user1%', 'user_', 'Ünal', 'user12345', '\0'])
    expect(await findByHandle(pool, nobody, { limit: 3 })).toEqual([]);
});

it('finds those whom somebody follows without reading everybody else', async () => {
  await addFollowers(world.postgres.pool, 2_999, [4, 5]);
  await addFollowers(world.postgres.pool, 2_000, [4]);
  await world.postgres.pool.query('ANALYZE follow');
  const people = rowsRead(world, 'user');
  const read = await people.by(async (counted) => {
    expect(await findByHandle(counted, 'user2', { limit: 3, followedBy: 4 })).toEqual([2_000, 2_999]);
  });
  expect(read).toBeLessThan(20);
  await people.close();
});

it('reads people who stand beside tweets once for all who ask at the same time, and then no more', async () => {
  const cache = new PeopleCache(world.postgres.pool);
  const asked = await statementsOf(async () => {
    const [a, b] = await Promise.all([cache.read([5, 6, 5]), cache.read([6, 7, 999])]);
    expect([...a.keys()]).toEqual([5, 6]);
    expect(b.get(7)).toMatchObject({ handle: 'user7' });
    expect(b.has(999)).toBe(false);
  });
  expect(asked).toHaveLength(1);
  expect(await statementsOf(() => cache.read([5, 6, 7]))).toEqual([]);
});
