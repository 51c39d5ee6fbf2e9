import pg from 'pg';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { finishChunks } from '#core/ledger/finish-chunks.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { postTweet, UNLIMITED } from '#core/tweets/post-tweet.ts';
import { addFollowers, addUsers, post, range } from '#dev/testing/people.ts';
import { openWorld, type World } from '#dev/testing/world.ts';
import { sureRate } from './admission.ts';
import { readBacklog, sampleRate } from './backlog.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, range(1, 20));
  await addFollowers(world.postgres.pool, 1, range(2, 11));
});
afterAll(() => world.close());

const backlog = async () => (await readBacklog(world.postgres.pool)).deliveries;
const draft = (n: number) => ({
  authorId: 1,
  text: 'Hello',
  idempotencyKey: `key-${n}-${crypto.randomUUID()}`,
});

it('counts deliveries from the promise to the ledger row, and forgets those of a deleted tweet', async () => {
  const { pool } = world.postgres;
  const before = await backlog();
  const tweet = await post(pool, 1);
  expect(await backlog()).toBe(before + 10);
  await planChunks(pool, tweet, { chunkSize: 4, shards: 1, chunks: 10 });
  await finishChunks(pool, tweet, [{ number: 0, redelivered: false, delivered: 3, cold: 0 }]);
  expect(await backlog()).toBe(before + 6); // one of the four is gone, which is done too
  await deleteTweet(pool, 1, tweet);
  expect(await backlog()).toBe(before);
});

it('is never exceeded by one delivery, with fifty posts at once against room for three', async () => {
  const { pool } = world.postgres;
  const before = await backlog();
  const blocker = await post(pool, 1); // so that the system is not empty
  const limits = { ...UNLIMITED, maxBacklog: before + 10 + 35 };
  const outcomes = await Promise.all(range(1, 50).map((n) => postTweet(pool, draft(n), limits)));
  expect(outcomes.filter(({ outcome }) => outcome === 'posted')).toHaveLength(3);
  expect(outcomes.filter(({ outcome }) => outcome === 'full')).toHaveLength(47);
  expect(await backlog()).toBe(before + 40);
  const { rows } = await pool.query('SELECT count(*)::int AS count FROM tweet WHERE id > $1', [blocker]);
  expect(rows).toEqual([{ count: 3 }]);
});

it('refuses by one query and in no transaction, or overload would cost more than work', async () => {
  const { pool } = world.postgres;
  await post(pool, 1);
  const asked = vi.spyOn(pg.Client.prototype, 'query');
  onTestFinished(() => asked.mockRestore());
  expect(await postTweet(pool, draft(0), { ...UNLIMITED, maxBacklog: 1 })).toMatchObject({ outcome: 'full' });
  expect(asked).toHaveBeenCalledTimes(1);
});

it('lets the same key in once there is room', async () => {
  const { pool } = world.postgres;
  await post(pool, 1);
  const again = draft(0);
  expect(await postTweet(pool, again, { ...UNLIMITED, maxBacklog: 1 })).toMatchObject({ outcome: 'full' });
  expect(await postTweet(pool, again)).toMatchObject({ outcome: 'posted', replayed: false });
});

it('answers a used key with its tweet although the system is full', async () => {
  const { pool } = world.postgres;
  const used = draft(0);
  await postTweet(pool, used);
  expect(await postTweet(pool, used, { ...UNLIMITED, maxBacklog: 1 })).toMatchObject({ replayed: true });
});

it('refuses an account over its own rate, with the seconds until it may', async () => {
  const { pool } = world.postgres;
  for (const n of [1, 2, 3]) await postTweet(pool, { ...draft(n), authorId: 20 });
  const outcome = await postTweet(pool, { ...draft(4), authorId: 20 }, { ...UNLIMITED, postsPerMinute: 3 });
  if (outcome.outcome !== 'too fast') throw new Error(outcome.outcome);
  expect(outcome.waitS).toBeGreaterThan(50);
  expect(outcome.waitS).toBeLessThanOrEqual(60);
});

it('measures the rate only while there was enough to do at both ends of a sample', async () => {
  const { pool } = world.postgres;
  const after = (deliveries: number, done: number) =>
    pool.query(
      `UPDATE backlog SET sampled_at = clock_timestamp() - interval '1 s', sampled_done = 0, rate = 0,
         sampled_deliveries = $1, deliveries = $1, done = $2`,
      [deliveries, done],
    );
  await after(10, 1_000);
  await sampleRate(pool);
  expect((await readBacklog(pool)).rate).toBe(0);
  await after(60_000, 400_000);
  await sampleRate(pool);
  expect((await readBacklog(pool)).rate).toBeGreaterThan(300_000);
  expect((await readBacklog(pool)).rate).toBeLessThan(401_000); // the row's times are rounded to milliseconds
});

it('knows how much the rate varies: half of it at first, next to nothing once samples are alike', async () => {
  const { pool } = world.postgres;
  const sample = (perSecond: number) =>
    pool
      .query(
        `UPDATE backlog SET sampled_at = clock_timestamp() - interval '100 s', sampled_done = done,
           done = done + 100 * $1, sampled_deliveries = 60000, deliveries = 60000`,
        [perSecond],
      )
      .then(() => sampleRate(pool))
      .then(() => readBacklog(pool));
  await pool.query('UPDATE backlog SET rate = 0');
  const first = await sample(400_000);
  expect((first.deviation ?? 0) / first.rate).toBeCloseTo(0.5);
  for (let n = 0; n < 30; n++) await sample(400_000);
  const steady = await sample(400_000);
  expect(sureRate(steady) / steady.rate).toBeGreaterThan(0.99);
  const slower = await sample(200_000);
  expect(slower.rate).toBeLessThan(0.9 * steady.rate);
  expect(sureRate(slower)).toBeLessThan(0.7 * steady.rate);
});
