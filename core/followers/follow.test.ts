import { afterAll, beforeAll, expect, it } from 'vitest';
import { TweetPoster } from '#core/tweets/post-statement.ts';
import { postBy } from '#core/tweets/post-tweet.ts';
import { addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { FollowChanges, follow, unfollow } from './follow.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, range(1, 60));
});
afterAll(() => world.close());

const counts = async (id: number) =>
  (
    await world.postgres.pool.query(
      `SELECT follower_count AS followers, following_count AS following FROM "user" WHERE id = $1`,
      [id],
    )
  ).rows[0];

it('follows and unfollows once however often it is asked', async () => {
  const edge = { followerId: 1, followeeId: 2 };
  expect(await follow(world.postgres.pool, edge)).toBe(true);
  expect(await follow(world.postgres.pool, edge)).toBe(false);
  expect(await counts(2)).toEqual({ followers: 1, following: 0 });
  expect(await unfollow(world.postgres.pool, edge)).toBe(true);
  expect(await unfollow(world.postgres.pool, edge)).toBe(false);
  expect(await counts(1)).toEqual({ followers: 0, following: 0 });
});

it('does not deadlock when two people follow each other at once, again and again', async () => {
  const { pool } = world.postgres;
  for (let round = 0; round < 10; round++) {
    const there = { followerId: 3, followeeId: 4 };
    const back = { followerId: 4, followeeId: 3 };
    await Promise.all([follow(pool, there), follow(pool, back)]);
    await Promise.all([unfollow(pool, there), unfollow(pool, back)]);
  }
  expect(await counts(3)).toEqual({ followers: 0, following: 0 });
});

it('draws the line between fan-out and backfill so that every tweet expects exactly its `since < id` followers', async () => {
  const { pool } = world.postgres;
  const poster = new TweetPoster(pool);
  const following = range(11, 60).map((followerId) => follow(pool, { followerId, followeeId: 10 }));
  const posting = range(1, 25).map(() => post(pool, 10));
  const together = range(1, 25).map(() =>
    postBy(poster, { authorId: 10, text: 'Hello', idempotencyKey: crypto.randomUUID() }),
  );
  await Promise.all([...following, ...posting, ...together]);
  const { rows } = await pool.query(
    `SELECT f.expected, (SELECT count(*)::int FROM follow WHERE followee_id = 10 AND since < f.tweet_id) AS owed
     FROM fan_out f WHERE author_id = 10`,
  );
  expect(rows).toHaveLength(50);
  for (const { expected, owed } of rows) expect(expected).toBe(owed);
});

it('lets one account wait for itself on one connection, and says when too many of it wait', async () => {
  const { pool } = world.postgres;
  const changes = new FollowChanges(pool, { followsPerMinute: 60 });
  const holder = await pool.connect();
  await holder.query('BEGIN; SELECT FROM "user" WHERE id = 5 FOR UPDATE');
  const waiting = range(21, 30).map((followeeId) => changes.follow({ followerId: 5, followeeId }));
  await expect(changes.unfollow({ followerId: 5, followeeId: 21 })).rejects.toMatchObject({
    ...{ name: 'OverQuota', waitS: 1, bound: { most: 10, used: 10 } },
  });
  expect(await changes.follow({ followerId: 6, followeeId: 21 })).toBe(true);
  const { rows } = await pool.query(
    `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`,
  );
  expect(rows).toHaveLength(1);
  await holder.query('COMMIT');
  holder.release();
  expect(await Promise.all(waiting)).toEqual(Array(10).fill(true));
  expect(await changes.unfollow({ followerId: 5, followeeId: 21 })).toBe(true);
});
