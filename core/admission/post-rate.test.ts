import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { postTweet, UNLIMITED } from '#core/tweets/post-tweet.ts';
import { addUsers, range } from '#testing/people.ts';
import { rowsRead } from '#testing/rows-read.ts';
import { openWorld, type World } from '#testing/world.ts';
import { WINDOW_S } from './post-rate.ts';

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

it('answers every step of an account as counting its tweets would, also when the setting changes', async () => {
  // Steps of 13 s: 4 of them are 8 s inside the window, 5 of them 5 s outside, so that a slow machine decides nothing.
  const step = fc.oneof(
    fc.record({ postsPerMinute: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ postsPerMinute: fc.constant(3) }),
    fc.record({ seconds: fc.constantFrom(13, 26, 65) }),
  );
  const lives = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 30 }), async (steps) => {
    const authorId = ++author;
    let now = 0;
    const times: number[] = [];
    for (const each of steps) {
      if ('seconds' in each) {
        now += each.seconds;
        await pass(authorId, each.seconds);
        continue;
      }
      const may = times.filter((time) => time > now - WINDOW_S).length < each.postsPerMinute;
      const { outcome } = await post(authorId, each.postsPerMinute);
      expect(outcome).toBe(may ? 'posted' : 'too fast');
      if (may) times.push(now);
    }
  });
  await fc.assert(lives, { numRuns: 20, seed: 20 });
});

it('begins anew after a minute without a tweet, also where old tweets are no longer kept', async () => {
  const authorId = ++author;
  for (const _ of range(1, 3)) await post(authorId, 3);
  await pass(authorId, 61);
  await world.postgres.pool.query('DELETE FROM tweet WHERE author_id = $1', [authorId]);
  for (const _ of range(1, 3)) expect(await post(authorId, 3)).toMatchObject({ outcome: 'posted' });
  expect(await post(authorId, 3)).toMatchObject({ outcome: 'too fast' });
});

it.each([1, 10, 300])('reads as many rows for %i posts a minute as for any other number', async (limit) => {
  const authorId = ++author;
  await world.postgres.pool.query(
    `WITH posted AS (
       INSERT INTO tweet (id, author_id, text, created_at)
       SELECT nextval('tweet_id_seq'), $1, '', now() - interval '62 s' + n * interval '1 ms' FROM generate_series(1, $2) n
       RETURNING id, created_at
     )
     INSERT INTO post_rate SELECT $1, $2, min(id), min(created_at), now() - interval '1 s' FROM posted`,
    [authorId, limit],
  );
  const read = rowsRead(world, 'tweet');
  const rows = await read.by(async (pool) => {
    for (const _ of range(1, Math.min(limit, 5)))
      expect(await post(authorId, limit, pool)).toMatchObject({ outcome: 'posted' });
  });
  expect(rows).toBeLessThan(15); // of five posts
  await read.close();
});
