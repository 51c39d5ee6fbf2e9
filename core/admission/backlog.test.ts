import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { failChunk } from '#core/ledger/fail-chunk.ts';
import { planChunks } from '#core/ledger/plan.ts';
import { retryFailed } from '#core/ledger/retry-failed.ts';
import { finishChunks } from '#core/ledger/start-and-finish.ts';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { postTweet, UNLIMITED } from '#core/tweets/post-tweet.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { costOf, takenBy } from './admission.ts';
import { readBacklog } from './backlog.ts';
import { FAN_OUT_COST } from './fan-out-cost.ts';
import { WaitingList } from './waiting-list.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld({
    breaks: [
      'the backlog is what unfinished fan-outs owe',
      'the backlog counts the fan-outs that are not finished',
      'followers are counted right',
    ],
  });
  await addUsers(world.postgres.pool, range(1, 20));
  await addFollowers(world.postgres.pool, 1, range(2, 11));
});
afterAll(() => world.close());

const backlog = async () => (await readBacklog(world.postgres.pool)).deliveries;
const fanOuts = async () => (await readBacklog(world.postgres.pool)).fanOuts;
const taken = async () => takenBy(await readBacklog(world.postgres.pool));
const COST = costOf(10);
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
  await planChunks(pool, tweet, { chunkSize: 4, shards: 1, most: 10 });
  await finishChunks(pool, [
    { tweetId: tweet, pushed: [{ number: 0, redelivered: false, delivered: 3, cold: 0 }] },
  ]);
  expect(await backlog()).toBe(before + 6); // one of the four is gone, which is done too
  await deleteTweet(pool, 1, tweet);
  expect(await backlog()).toBe(before);
});

describe('a fan-out that is not finished is counted', () => {
  const chunks = (tweetId: number, number: number) =>
    finishChunks(world.postgres.pool, [
      { tweetId, pushed: [{ number, redelivered: false, delivered: 3, cold: 0 }] },
    ]);
  const planned = async () => {
    const tweet = await post(world.postgres.pool, 1);
    await planChunks(world.postgres.pool, tweet, { chunkSize: 5, shards: 1, most: 10 });
    return tweet;
  };

  it('until its last chunk is delivered, and not less for what comes again', async () => {
    const before = await fanOuts();
    const tweet = await planned();
    await chunks(tweet, 0);
    expect(await fanOuts()).toBe(before + 1);
    await chunks(tweet, 1);
    expect(await fanOuts()).toBe(before);
    await chunks(tweet, 1);
    await deleteTweet(world.postgres.pool, 1, tweet);
    expect(await fanOuts()).toBe(before);
  });

  it('until it is given up, again when it is retried, and not twice when it is deleted after that', async () => {
    const { pool } = world.postgres;
    const before = await readBacklog(pool);
    const tweet = await planned();
    await chunks(tweet, 0);
    await pool.query(`UPDATE chunk SET failures = 7 WHERE tweet_id = $1 AND number = 1`, [tweet]);
    await failChunk(pool, { tweetId: tweet, number: 1 }, 'WRONGTYPE');
    expect(await readBacklog(pool)).toEqual(before);
    await retryFailed(pool, 1, tweet);
    expect(await readBacklog(pool)).toEqual({
      ...before,
      ...{ deliveries: before.deliveries + 5, fanOuts: before.fanOuts + 1 },
    });
    await deleteTweet(pool, 1, tweet);
    await deleteTweet(pool, 1, tweet);
    await retryFailed(pool, 1, tweet);
    expect(await readBacklog(pool)).toEqual(before);
  });

  it('until its row is gone, and never when nobody follows its author', async () => {
    const { pool } = world.postgres;
    const before = await fanOuts();
    await post(pool, 2);
    expect(await fanOuts()).toBe(before);
    const tweet = await post(pool, 1);
    expect(await fanOuts()).toBe(before + 1);
    await pool.query('DELETE FROM idempotency_key WHERE tweet_id = $1', [tweet]);
    await pool.query('DELETE FROM fan_out WHERE tweet_id = $1', [tweet]);
    expect(await fanOuts()).toBe(before);
  });
});

it('lets in as many small tweets as their cost has room for', async () => {
  const { pool } = world.postgres;
  const limits = { ...UNLIMITED, maxBacklog: (await taken()) + 3 * COST };
  for (const n of [1, 2, 3])
    expect(await postTweet(pool, draft(n), limits)).toMatchObject({ outcome: 'posted' });
  expect(await postTweet(pool, draft(4), limits)).toMatchObject({ outcome: 'full' });
  expect(await taken()).toBe(limits.maxBacklog);
});

function countStatements() {
  const asked = vi.spyOn(pg.Client.prototype, 'query');
  onTestFinished(() => asked.mockRestore());
  return asked;
}

it('is never above the bound of the rate of that moment, while that changes all the time', async () => {
  const { pool } = world.postgres;
  const before = await taken();
  await pool.query(`CREATE TABLE promised (taken bigint, rate float8);
    CREATE FUNCTION note_promise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.deliveries > OLD.deliveries THEN INSERT INTO promised VALUES (taken(NEW, ${FAN_OUT_COST}), NEW.rate); END IF;
      RETURN NULL; END $$;
    CREATE TRIGGER note_promise AFTER UPDATE ON backlog FOR EACH ROW EXECUTE FUNCTION note_promise()`);
  onTestFinished(async () => {
    await pool.query('DROP TRIGGER note_promise ON backlog');
    await pool.query('UPDATE backlog SET rate = 0');
  });
  const measure = (rate: number) =>
    pool.query('UPDATE backlog SET rate = $1, rate_deviation = 0', [before + rate]);
  const limits = { maxWaitS: 1, postsPerMinute: UNLIMITED.postsPerMinute };
  await measure(50 * COST);
  await Promise.all([
    ...range(1, 64).map((n) => postTweet(pool, draft(n), limits)),
    (async () => {
      for (const most of [30, 45, 10, 40, 20, 35]) await measure(most * COST);
    })(),
  ]);
  const { rows } = await pool.query('SELECT taken, rate FROM promised');
  expect(rows.length).toBeGreaterThan(9);
  expect(rows.filter((each) => each.taken > each.rate)).toEqual([]);
});

it('takes back what it wrote when others took all the room while it wrote', async () => {
  const { pool } = world.postgres;
  const before = await backlog();
  const tweets = await pool.query('SELECT count(*) FROM tweet');
  const others = await pool.connect();
  await others.query('BEGIN');
  await others.query('UPDATE backlog SET deliveries = deliveries + 2000');
  const late = postTweet(pool, draft(0), { ...UNLIMITED, maxBacklog: (await taken()) + 1_500 });
  await eventually(async () => {
    const { rows } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE query LIKE '%FROM post_tweet%' AND wait_event_type = 'Lock'
         AND datname = current_database()`,
    );
    expect(rows).toHaveLength(1);
  });
  await others.query('COMMIT');
  others.release();
  expect(await late).toMatchObject({
    ...{ outcome: 'full', expected: 10, backlog: { deliveries: before + 2_000 } },
  });
  expect(await backlog()).toBe(before + 2_000);
  expect((await pool.query('SELECT count(*) FROM tweet')).rows).toEqual(tweets.rows);
  await pool.query('UPDATE backlog SET deliveries = deliveries - 2000');
});

describe('a post is one statement', () => {
  it('of a large account too, and two where others stand in line', async () => {
    const { pool } = world.postgres;
    const large = { authorId: 20, text: 'Hello', idempotencyKey: '' };
    const waiting = { list: new WaitingList(), name: 'large' };
    await pool.query('UPDATE "user" SET follower_count = 6000 WHERE id = 20');
    const asked = countStatements();
    const limits = { ...UNLIMITED, maxBacklog: (await taken()) + 18_000, waiting };
    asked.mockClear();
    expect(await postTweet(pool, { ...large, idempotencyKey: 'alone' }, limits)).toMatchObject({
      outcome: 'posted',
    });
    expect(asked).toHaveBeenCalledTimes(1);
    waiting.list.places.hear({ taken: [{ name: 'other', dueInS: 50, comesInS: 50, cost: 6_000 }] });
    const inLine = await postTweet(
      pool,
      { ...large, idempotencyKey: 'in line' },
      { ...limits, maxBacklog: 10 ** 6 },
    );
    expect(inLine).toMatchObject({ outcome: 'posted' });
    expect(asked).toHaveBeenCalledTimes(3);
    expect(await postTweet(pool, { ...large, idempotencyKey: 'late' }, limits)).toMatchObject({
      outcome: 'full',
    });
    expect(asked).toHaveBeenCalledTimes(4);
  });
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
