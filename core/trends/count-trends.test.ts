import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { addUsers, post } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { countTrends } from './count-trends.ts';
import { readTrends } from './trends.ts';

let world: World;

beforeAll(async () => {
  world = await openWorld({ breaks: ['every idempotency key has its tweet, and that its fan-out'] });
  await addUsers(world.postgres.pool, [1, 2]);
});
beforeEach(async () => {
  await world.postgres.pool.query('TRUNCATE tweet, fan_out, trend, trend_count, trend_state');
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const trends = async () => (await readTrends(pool(), 20)).trends;

/** As if it had been written so many minutes earlier. */
const age = (tweetId: number, minutes: number) =>
  pool().query("UPDATE tweet SET created_at = created_at - $2 * interval '1 min' WHERE id = $1", [
    tweetId,
    minutes,
  ]);

it('knows nothing before it has counted', async () => {
  await post(pool(), 1, 'herring');
  expect(await readTrends(pool(), 20)).toEqual({ trends: [], countedAt: null });
});

it('puts what most tweets hold first, a tag before a word, and leaves out what one tweet says', async () => {
  for (const text of ['herring pie', 'herring #pie', 'herring #pie pie', 'gulls'])
    await post(pool(), 1, text);
  await countTrends(pool());
  expect(await trends()).toEqual([
    { term: 'herring', tweets: 3 },
    { term: '#pie', tweets: 2 },
    { term: 'pie', tweets: 2 },
  ]);
});

it('counts twice what is there twice, however often it counts', async () => {
  for (const author of [1, 2]) await post(pool(), author, 'herring');
  await Promise.all([countTrends(pool()), countTrends(pool())]);
  await countTrends(pool());
  expect(await trends()).toEqual([{ term: 'herring', tweets: 2 }]);
});

it('adds what came since, and looks at that alone', async () => {
  const old = await post(pool(), 1, 'herring');
  await age(old, 90);
  expect(await countTrends(pool())).toMatchObject({ minutes: 1, tweets: 1 });
  await post(pool(), 2, 'herring');
  expect(await countTrends(pool())).toMatchObject({ minutes: 1, tweets: 1 });
  expect(await trends()).toEqual([{ term: 'herring', tweets: 2 }]);
});

it('forgets a deleted tweet, also one of an earlier hour', async () => {
  const ids = [
    await post(pool(), 1, 'herring'),
    await post(pool(), 1, 'herring'),
    await post(pool(), 1, 'herring'),
  ];
  await age(ids[0] ?? 0, 90);
  await countTrends(pool());
  expect(await trends()).toEqual([{ term: 'herring', tweets: 3 }]);
  await deleteTweet(pool(), 1, ids[0] ?? 0);
  await countTrends(pool());
  expect(await trends()).toEqual([{ term: 'herring', tweets: 2 }]);
  await deleteTweet(pool(), 1, ids[1] ?? 0);
  await countTrends(pool());
  expect(await trends()).toEqual([]);
});

it('forgets what is older than six hours', async () => {
  const ids = [await post(pool(), 1, 'herring'), await post(pool(), 1, 'herring')];
  await countTrends(pool());
  for (const id of ids) await age(id, 6 * 60 + 1);
  await pool().query("UPDATE trend_count SET minute = minute - interval '361 min'");
  await countTrends(pool());
  expect(await trends()).toEqual([]);
});
