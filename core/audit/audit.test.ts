import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { unfollow } from '#core/followers/follow.ts';
import { forcePull } from '#core/tweets/force-pull.ts';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { post } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { audit, NotKept } from './audit.ts';
import type { AuditStep } from './line.ts';

let world: World;
let tweetId: number;
beforeAll(async () => {
  world = await openWorld({
    breaks: [
      'a fan-out counts what its chunks count',
      'a fan-out is delivered when all its chunks are',
      'delivered + cold + gone + pulled = expected once a fan-out is delivered',
    ],
  });
  tweetId = await deliverTweet(world.postgres.pool, store(), { authorId: 1, followers: 10 });
});
afterAll(() => world.close());

const store = () => ({ redis: world.timelines, shards: 1, cap: 800 });
const owe = (deliveries: number) =>
  world.postgres.pool.query('UPDATE backlog SET deliveries = $1', [deliveries]);

it('reads no timeline while many pushes wait, and goes on when they are done', async () => {
  const read = vi.spyOn(world.timelines, 'evalsha');
  const steps: AuditStep[] = [];
  await owe(1_000_000);
  const result = await audit(world.postgres.pool, store(), tweetId, {
    progress: async (step) => {
      steps.push(step);
      if (steps.filter(({ aside }) => aside).length < 10) return;
      expect(read).not.toHaveBeenCalled();
      await owe(0);
    },
  });
  expect(steps[9]).toEqual({ read: 0, expected: 10, aside: true });
  expect(result).toMatchObject({ present: 10, missing: 0, twice: 0 });
  expect(read).toHaveBeenCalled();
});
it('reads a pulled tweet back on the homes of some followers, and counts those who follow no longer', async () => {
  const { pool } = world.postgres;
  await forcePull(pool, 'user1', 60);
  const pulled = await post(pool, 1);
  await forcePull(pool, 'user1', 0);
  const found = () => audit(pool, store(), pulled);
  const whole = { expected: 10, present: 0, cold: 0, gone: 0, pulled: 10, missing: 0, twice: 0 };
  expect(await found()).toMatchObject(whole);
  expect((await found()).sampled).toBeGreaterThan(3);
  await unfollow(pool, { followerId: 2, followeeId: 1 });
  expect(await found()).toMatchObject({ ...whole, pulled: 9, gone: 1 });
  await pool.query('UPDATE pull_interval SET from_id = from_id + 1'); // so that no home shows it
  const broken = await found();
  expect(broken.missing).toBe(broken.sampled);
  expect(broken.pulled).toBe(9 - broken.missing);
  await pool.query('UPDATE tweet SET deleted_at = now() WHERE id = $1', [pulled]);
  expect(await found()).toMatchObject({ pulled: 9, sampled: 0, missing: 0 });
  await pool.query('UPDATE pull_interval SET from_id = from_id - 1');
});

it('says so when the chunks of a tweet are no longer kept, all or some of them', async () => {
  const { pool } = world.postgres;
  await pool.query('DELETE FROM chunk WHERE tweet_id = $1 AND number = 0', [tweetId]);
  const refused = audit(pool, store(), tweetId);
  await expect(refused).rejects.toThrow(NotKept);
  await expect(refused).rejects.toThrow(`Expected 3 chunks of tweet ${tweetId} to be kept, 2 are`);
  await pool.query('DELETE FROM chunk WHERE tweet_id = $1', [tweetId]);
  await expect(audit(pool, store(), tweetId)).rejects.toThrow(NotKept);
  for (const table of ['idempotency_key', 'fan_out'])
    await pool.query(`DELETE FROM ${table} WHERE tweet_id = $1`, [tweetId]);
  await expect(audit(pool, store(), tweetId)).rejects.toThrow(NotKept);
});
