import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { follow, unfollow } from '#core/followers/follow.ts';
import { transaction } from '#core/postgres.ts';
import { backfill } from '#core/timelines/backfill.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { settleOnce } from './settle.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), [1, 2, 3]);
});
beforeEach(() => pool().query('TRUNCATE home_change'));
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const log = async () =>
  (
    await pool().query<{ version: number; tweetId: number | null; readerId: number | null }>(
      'SELECT version, tweet_id AS "tweetId", reader_id AS "readerId" FROM home_change ORDER BY version',
    )
  ).rows;

it('has a deletion once, an unfollow, and a follow when it is backfilled, in their order', async () => {
  const timelines = { redis: world.timelines, shards: 1, cap: 100 };
  await settleOnce(pool(), timelines);
  const edge = { followerId: 2, followeeId: 1 };
  const tweetId = await post(pool(), 1);
  await deleteTweet(pool(), 1, tweetId);
  await deleteTweet(pool(), 1, tweetId);
  await follow(pool(), edge);
  expect(await log()).toEqual([{ version: 1, tweetId, readerId: null }]);
  await backfill(pool(), timelines, 2);
  await unfollow(pool(), edge);
  expect(await log()).toEqual([
    { version: 1, tweetId, readerId: null },
    { version: 2, tweetId: null, readerId: 2 },
    { version: 3, tweetId: null, readerId: 2 },
  ]);
});

it('has nothing of a deletion that was rolled back', async () => {
  const tweetId = await post(pool(), 1);
  const failing = transaction(pool(), async (client) => {
    await client.query('UPDATE tweet SET deleted_at = now() WHERE id = $1', [tweetId]);
    await client.query('SET CONSTRAINTS ALL IMMEDIATE');
    throw new Error('The process dies here');
  });
  await expect(failing).rejects.toThrow('dies');
  expect(await log()).toEqual([]);
});

it('is committed in the order of its versions: the second waits for the first', async () => {
  const [first, second] = [await post(pool(), 1), await post(pool(), 1)];
  let waited: Promise<boolean> | undefined;
  await transaction(pool(), async (client) => {
    await client.query('UPDATE tweet SET deleted_at = now() WHERE id = $1', [first]);
    await client.query('SET CONSTRAINTS ALL IMMEDIATE'); // takes its version
    waited = deleteTweet(pool(), 1, second);
    await untilOneWaits();
    expect(await log()).toEqual([]);
  });
  await waited;
  expect((await log()).map(({ tweetId }) => tweetId)).toEqual([first, second]);
});

async function untilOneWaits(): Promise<void> {
  for (;;) {
    const { rowCount } = await pool().query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (rowCount === 1) return;
  }
}

it('has no gap when many change something at once', async () => {
  const ids = await Promise.all(range(1, 30).map(() => post(pool(), 1)));
  await Promise.all(ids.map((id) => deleteTweet(pool(), 1, id)));
  expect((await log()).map(({ version }) => version)).toEqual(range(1, 30));
});

it('keeps the last hour and the last thousand, and drops ten that are older with each change', async () => {
  await pool().query(
    `INSERT INTO home_change (version, at, reader_id)
     SELECT n, now() - interval '2 hours', 2 FROM generate_series(1, 1015) n`,
  );
  for (const left of [1006, 1001, 1001])
    await deleteTweet(pool(), 1, await post(pool(), 1)).then(async () =>
      expect(await log()).toHaveLength(left),
    );
  await pool().query('UPDATE home_change SET at = now()');
  await deleteTweet(pool(), 1, await post(pool(), 1));
  expect(await log()).toHaveLength(1002);
});
