import { afterAll, beforeAll, expect, it } from 'vitest';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { type RowsRead, rowsRead } from '#testing/rows-read.ts';
import { openWorld, type World } from '#testing/world.ts';
import { someFollowers } from './some-followers.ts';

const AUTHOR = 1;
const BEFORE = [2, 3, 4];
const AFTER = { from: 5, to: 20_004 };

let world: World;
let read: RowsRead;
let tweetId: number;
beforeAll(async () => {
  world = await openWorld();
  read = rowsRead(world, 'follow');
  await addUsers(pool(), [AUTHOR, ...range(2, AFTER.to)]);
  await addFollowers(pool(), AUTHOR, BEFORE);
  tweetId = await post(pool(), AUTHOR);
  await pool().query(
    `INSERT INTO follow (followee_id, follower_id, since, backfilled_at)
     SELECT $1, id, nextval('tweet_id_seq'), now() FROM generate_series($2::int, $3) id`,
    [AUTHOR, AFTER.from, AFTER.to],
  );
  await pool().query('UPDATE "user" SET follower_count = $2 WHERE id = $1', [AUTHOR, AFTER.to - 1]);
  await pool().query('UPDATE "user" SET following_count = 1 WHERE id <> $1', [AUTHOR]);
  await pool().query('VACUUM ANALYZE follow');
});
afterAll(async () => {
  await read.close();
  await world.close();
});

const pool = () => world.postgres.pool;

it('finds those to whom a tweet is owed at the places where they are', async () => {
  expect(await someFollowers(pool(), tweetId, [0])).toEqual([2]);
  expect(await someFollowers(pool(), tweetId, [0.0001, 0.0001])).toEqual([4]);
});

it('looks at no more than a thousand at each place, where nearly all have followed since', async () => {
  const places = range(1, 16).map((n) => n / 20);
  const rows = await read.by(async (pool) => expect(await someFollowers(pool, tweetId, places)).toEqual([]));
  expect(rows).toBeLessThan(20_000);
});
