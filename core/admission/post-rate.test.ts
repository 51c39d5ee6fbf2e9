import { afterAll, beforeAll, expect, it } from 'vitest';
import { postTweet, UNLIMITED } from '#core/tweets/post-tweet.ts';
import { addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let author = 0;
beforeAll(async () => {
  world = await openWorld({ breaks: ['every idempotency key has its tweet, and that its fan-out'] });
  await addUsers(world.postgres.pool, range(1, 100));
});
afterAll(() => world.close());

const post = (authorId: number, postsPerMinute: number, pool = world.postgres.pool) =>
  postTweet(
    pool,
    { authorId, text: 'Hello', idempotencyKey: crypto.randomUUID() },
    { ...UNLIMITED, postsPerMinute },
  );

/** Lets so many seconds pass for one author, who has posted nothing meanwhile. */
async function pass(authorId: number, seconds: number): Promise<void> {
  const { pool } = world.postgres;
  const by = [authorId, seconds];
  await pool.query(`UPDATE tweet SET created_at = created_at - $2 * interval '1 s' WHERE author_id = $1`, by);
  await pool.query(
    `UPDATE post_rate SET oldest_at = oldest_at - $2 * interval '1 s', newest_at = newest_at - $2 * interval '1 s'
     WHERE account_id = $1`,
    by,
  );
}

it('lets an account post as often as it may within a minute, however many requests come at once', async () => {
  const authorId = ++author;
  const outcomes = await Promise.all(range(1, 30).map(() => post(authorId, 5)));
  expect(outcomes.filter(({ outcome }) => outcome === 'posted')).toHaveLength(5);
  expect(outcomes.filter(({ outcome }) => outcome === 'too fast')).toHaveLength(25);
});

it('says when the oldest tweet of the minute leaves it, and lets one in for each that has left', async () => {
  const authorId = ++author;
  for (const _ of range(1, 3)) {
    await post(authorId, 3);
    await pass(authorId, 15);
  }
  const refused = await post(authorId, 3);
  if (refused.outcome !== 'too fast') throw new Error(`Expected too fast, got ${refused.outcome}`);
  expect(refused.waitS).toBeGreaterThan(10);
  expect(refused.waitS).toBeLessThanOrEqual(15);
  await pass(authorId, 15);
  expect(await post(authorId, 3)).toMatchObject({ outcome: 'posted' });
  expect(await post(authorId, 3)).toMatchObject({ outcome: 'too fast' });
});
