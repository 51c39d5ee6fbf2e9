import { afterAll, beforeAll, expect, it } from 'vitest';
import { postTweet, UNLIMITED } from '#core/tweets/post-tweet.ts';
import { addFollowers, addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { costOf } from './admission.ts';
import { WaitingList } from './waiting-list.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({ breaks: ['followers are counted right'] });
});
afterAll(() => world.close());
it('gets a large tweet in at the time that it was told, by posts into a real backlog that small ones keep full', async () => {
  const { pool } = world.postgres;
  await addUsers(pool, range(1, 20));
  await addFollowers(pool, 1, range(2, 11));
  await pool.query('UPDATE "user" SET follower_count = 6000 WHERE id = 20');
  await pool.query('UPDATE backlog SET rate = 2000, rate_deviation = 0');
  let clock = 0;
  const list = new WaitingList(() => clock);
  const post = async (authorId: number, name: string) => {
    const limits = { ...UNLIMITED, maxBacklog: 20_000, waiting: { list, name } };
    const posted = await postTweet(
      pool,
      { authorId, text: 'Hello', idempotencyKey: crypto.randomUUID() },
      limits,
    );
    if (posted.outcome === 'posted') list.places.leave(name);
    return posted.outcome === 'full' ? list.retryAfterS(name, posted) : 0;
  };
  const fill = async () => {
    while ((await post(1, 'small')) === 0);
  };
  await fill();
  const comesAt = await post(20, 'large');
  expect(comesAt).toBe(7); // (19,680 + 6,400 − 0.75 · 18,000) ÷ 2,000 a second
  while (clock < comesAt) {
    clock += COST / 2_000; // in which one small tweet is done
    await pool.query(
      `UPDATE fan_out SET state = 'cancelled', finished_at = clock_timestamp()
       WHERE tweet_id = (SELECT min(tweet_id) FROM fan_out WHERE finished_at IS NULL)`,
    );
    await fill();
  }
  expect(await post(20, 'large')).toBe(0);
});

const COST = costOf(10);
