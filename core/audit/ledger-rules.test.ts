import { afterAll, beforeAll, expect, it } from 'vitest';
import { packFollowers } from '#core/followers/packs.ts';
import { forcePull } from '#core/tweets/force-pull.ts';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { addFollowers, addUsers, post } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { checkLedger, RULES } from './ledger-rules.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const store = { redis: world.timelines, shards: 1, cap: 100 };
  await deliverTweet(world.postgres.pool, store, { authorId: 1, followers: 10 });
  const author = 20;
  await addUsers(world.postgres.pool, [author]);
  await addFollowers(world.postgres.pool, author, [1, 2]);
  await forcePull(world.postgres.pool, 'user20', 60);
  await post(world.postgres.pool, author);
  await packFollowers(world.postgres.pool, 1, { chunkSize: 4, shards: 1 });
});
afterAll(() => world.close());

/** What breaks each rule, and what undoes it. */
const TAMPERED: Record<string, [breaks: string, mends: string]> = {
  'delivered + cold + gone + pulled = expected once a fan-out is delivered': [
    'UPDATE fan_out SET expected = expected + 1',
    'UPDATE fan_out SET expected = expected - 1',
  ],
  'all followers are pulled or none': [
    'UPDATE fan_out SET pulled = pulled - 1, gone = gone + 1 WHERE pulled > 0',
    'UPDATE fan_out SET pulled = pulled + 1, gone = gone - 1 WHERE pulled > 0',
  ],
  'a tweet is pulled if it is in an interval of its author, and only then': [
    'UPDATE pull_interval SET from_id = from_id + 1',
    'UPDATE pull_interval SET from_id = from_id - 1',
  ],
  'intervals of pull do not overlap': [
    'INSERT INTO pull_interval (author_id, from_id, to_id) SELECT author_id, from_id + 1, from_id + 2 FROM pull_interval',
    'DELETE FROM pull_interval WHERE to_id IS NOT NULL',
  ],
  'an account is pulled while its last interval is open': [
    'UPDATE "user" SET pulled = false WHERE id = 20',
    'UPDATE "user" SET pulled = true WHERE id = 20',
  ],
  'a fan-out counts what its chunks count': [
    'UPDATE fan_out SET delivered = delivered - 1, gone = gone + 1',
    'UPDATE fan_out SET delivered = delivered + 1, gone = gone - 1',
  ],
  'every chunk has its fan-out': [
    `INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected) VALUES (-1, 0, 0, 1, 2, 2)`,
    'DELETE FROM chunk WHERE tweet_id = -1',
  ],
  'a chunk that is delivered counts everybody it was planned for': [
    'UPDATE chunk SET gone = gone + 1 WHERE number = 0',
    'UPDATE chunk SET gone = gone - 1 WHERE number = 0',
  ],
  'chunks of a tweet do not overlap': [
    'UPDATE chunk SET from_id = from_id - 1 WHERE number = 1',
    'UPDATE chunk SET from_id = from_id + 1 WHERE number = 1',
  ],
  'a fan-out is delivered when all its chunks are': [
    "UPDATE fan_out SET state = 'delivering', finished_at = NULL",
    "UPDATE fan_out SET state = 'delivered', finished_at = now()",
  ],
  'the backlog is what unfinished fan-outs owe': [
    'UPDATE backlog SET deliveries = deliveries + 1',
    'UPDATE backlog SET deliveries = deliveries - 1',
  ],
  'the backlog counts the fan-outs that are not finished': [
    'UPDATE backlog SET fan_outs = fan_outs + 1',
    'UPDATE backlog SET fan_outs = fan_outs - 1',
  ],
  'every idempotency key has its tweet, and that its fan-out': [
    'UPDATE idempotency_key SET tweet_id = -tweet_id',
    'UPDATE idempotency_key SET tweet_id = -tweet_id',
  ],
  'a scheduled tweet is posted if its task succeeded, and only then': [
    `INSERT INTO task (kind, data, account_id, state, finished_at) VALUES ('tweet', '{}', 1, 'succeeded', now())`,
    'DELETE FROM task',
  ],
  'a tick of a schedule is run once': [
    `INSERT INTO task (kind, data, unique_key, state, finished_at)
     SELECT 'trends', '{}', 'trends@2027-01-31T18:00:00.000Z', 'succeeded', now() FROM generate_series(1, 2)`,
    'DELETE FROM task',
  ],
  'followers are counted right': [
    'UPDATE "user" SET follower_count = follower_count + 1 WHERE id = 1',
    'UPDATE "user" SET follower_count = follower_count - 1 WHERE id = 1',
  ],
  'followees are counted right': [
    'UPDATE "user" SET following_count = following_count + 1 WHERE id = 2',
    'UPDATE "user" SET following_count = following_count - 1 WHERE id = 2',
  ],
  'a pack holds exactly those of its range who follow': [
    'UPDATE follower_pack SET ids = overlay(ids PLACING int4send(99) FROM 1) WHERE from_id = 1',
    'UPDATE follower_pack SET ids = overlay(ids PLACING int4send(2) FROM 1) WHERE from_id = 1',
  ],
  'an author has packs for all followers or none': [
    'UPDATE follower_pack SET followee_id = 2 WHERE from_id = 6',
    'UPDATE follower_pack SET followee_id = 1 WHERE from_id = 6',
  ],
  'packs leave no id out': [
    'UPDATE follower_pack SET from_id = 3 WHERE from_id = 1',
    'UPDATE follower_pack SET from_id = 1 WHERE from_id = 3',
  ],
};

it('finds nothing wrong with a ledger that is right', async () => {
  expect(await checkLedger(world.postgres.pool)).toEqual([]);
});

it('finds out that all chunks of a tweet are gone before any was to be forgotten', async () => {
  const { pool } = world.postgres;
  await pool.query('CREATE TABLE lost AS SELECT * FROM chunk; DELETE FROM chunk');
  expect((await checkLedger(pool)).map(({ rule }) => rule)).toEqual([
    'a fan-out counts what its chunks count',
  ]);
  await pool.query('INSERT INTO chunk SELECT * FROM lost; DROP TABLE lost');
});

it.each(Object.keys(RULES))('finds out when this does not hold: %s', async (rule) => {
  const { pool } = world.postgres;
  const [breaks, mends] = TAMPERED[rule] ?? [];
  await pool.query(breaks ?? '');
  expect((await checkLedger(pool)).map((breach) => breach.rule)).toContain(rule);
  await pool.query(mends ?? '');
  expect(await checkLedger(pool)).toEqual([]);
});
