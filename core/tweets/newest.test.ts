import { afterAll, beforeAll, expect, it } from 'vitest';
import { addUsers, post } from '#testing/people.ts';
import { rowsRead } from '#testing/rows-read.ts';
import { openWorld, type World } from '#testing/world.ts';
import { deleteTweet } from './delete-tweet.ts';
import { readNewest, readNewestOfTag } from './newest.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [1, 2]);
});
afterAll(() => world.close());

const ALL = { before: Number.MAX_SAFE_INTEGER, after: 0, limit: 3, take: 'newest' } as const;
const texts = (tweets: { text: string }[]) => tweets.map(({ text }) => text);

it('gives the newest tweets of everybody, from either end of a range, without those deleted', async () => {
  const { pool } = world.postgres;
  const first = await post(pool, 1, 'a');
  for (const text of ['b', 'c', 'd', 'e']) await post(pool, 2, text);
  await deleteTweet(pool, 2, first + 2);
  expect(texts(await readNewest(pool, ALL))).toEqual(['e', 'd', 'b']);
  expect(texts(await readNewest(pool, { ...ALL, before: first + 3, after: first - 1 }))).toEqual(['b', 'a']);
  const above = { ...ALL, after: first, limit: 2, take: 'oldest' } as const;
  expect(texts(await readNewest(pool, above))).toEqual(['d', 'b']);
});

it('gives the newest tweets of a tag, however it is written', async () => {
  const { pool } = world.postgres;
  for (const text of [
    'No tag',
    '#Fan_Out once',
    'twice #fan_out #FAN_OUT',
    '#fan is another',
    'at last #fan_out',
  ])
    await post(pool, 1, text);
  const regretted = await post(pool, 1, '#fan_out of which I am ashamed');
  await deleteTweet(pool, 1, regretted);
  const found = await readNewestOfTag(pool, 'Fan_Out', { ...ALL, limit: 2 });
  expect(texts(found)).toEqual(['at last #fan_out', 'twice #fan_out #FAN_OUT']);
  const [, second] = found;
  const older = await readNewestOfTag(pool, 'fan_out', { ...ALL, before: second?.id ?? 0 });
  expect(texts(older)).toEqual(['#Fan_Out once']);
});

it('reads no more tweets than it gives, however many there are of others', async () => {
  const { pool } = world.postgres;
  await post(pool, 1, 'Something #rare');
  await pool.query(
    `INSERT INTO tweet (id, author_id, text) SELECT nextval('tweet_id_seq'), 2, '' FROM generate_series(1, 2000);`,
  );
  await pool.query('ANALYZE');
  const tweets = rowsRead(world, 'tweet');
  expect(await tweets.by((counted) => readNewestOfTag(counted, 'rare', ALL))).toBeLessThan(10);
  expect(await tweets.by((counted) => readNewest(counted, ALL))).toBeLessThan(10);
  await tweets.close();
});
