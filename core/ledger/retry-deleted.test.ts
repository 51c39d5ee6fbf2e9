import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deleteTweet } from '#core/tweets/delete-tweet.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { readDeliveries } from './delivery.ts';
import { failChunk } from './fail-chunk.ts';
import { planChunks } from './plan.ts';
import { retryAllFailed, retryFailed } from './retry-failed.ts';
import { finishChunks, startChunks } from './start-and-finish.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 11));
  await addFollowers(pool(), 1, range(2, 11));
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const begins = { worker: 'A', shards: 1 };

/** A tweet of two chunks: the first was given up, and the second was delivered or not. */
async function givenUp({ isRestDelivered }: { isRestDelivered: boolean }): Promise<number> {
  const tweetId = await post(pool(), 1);
  await planChunks(pool(), tweetId, { chunkSize: 5, shards: 1, most: 10 });
  while ((await failChunk(pool(), { tweetId, number: 0 }, 'WRONGTYPE')).outcome === 'retry');
  const rest = { number: 1, redelivered: false, delivered: 5, cold: 0 };
  if (isRestDelivered) await finishChunks(pool(), [{ tweetId, pushed: [rest] }]);
  return tweetId;
}

/** Runs `first` up to its commit, then `second` until it waits for it or has ended, then lets both end. */
async function interleave<T>(first: Held, second: () => Promise<T>): Promise<T> {
  const held = await first();
  const ended = second().then((value) => ({ value }));
  const state = { isOver: false };
  void ended.finally(() => Object.assign(state, { isOver: true })).catch(() => {});
  await eventually(async () => expect(state.isOver || (await waiting()) === 2).toBe(true));
  await held();
  return (await ended).value;
}

/** Begins something and keeps it from committing; returns what lets it commit. */
type Held = () => Promise<() => Promise<unknown>>;

/** A deletion ends with a home change, whose lock is this one: whoever has it holds the deletion up before its commit. */
const heldDeletion =
  (tweetId: number): Held =>
  async () => {
    const client = await pool().connect();
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(7102, 0)');
    const deleted = deleteTweet(pool(), 1, tweetId);
    await eventually(async () => expect(await waiting()).toBe(1));
    return () => letGo(client, deleted);
  };

/** Whoever has this chunk of a retry's holds the retry up before it has written anything. */
const heldRetry =
  (tweetId: number, number: number): Held =>
  async () => {
    const client = await pool().connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM chunk WHERE tweet_id = $1 AND number = $2 FOR UPDATE', [tweetId, number]);
    const retried = retryFailed(pool(), 1, tweetId);
    await eventually(async () => expect(await waiting()).toBe(1));
    return () => letGo(client, retried);
  };

async function letGo(client: pg.PoolClient, heldUp: Promise<unknown>): Promise<void> {
  await client.query('COMMIT');
  client.release();
  await heldUp;
}

/** How many statements wait for a lock. */
async function waiting(): Promise<number> {
  const { rowCount } = await pool().query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
       AND cardinality(pg_blocking_pids(pid)) > 0`,
  );
  return rowCount ?? 0;
}

/** The tweet stays deleted, and no message of it makes anybody deliver anything. */
async function expectCancelled(tweetId: number): Promise<void> {
  const [delivery] = await readDeliveries(pool(), [tweetId]);
  expect(delivery).toMatchObject({ state: 'cancelled' });
  expect(delivery?.finishedAt).not.toBeNull();
  expect(await startChunks(pool(), { tweetId, chunk: 0, count: 2 }, begins)).toEqual([]);
}

it.each([
  { name: 'failed', isRestDelivered: true },
  { name: 'under way', isRestDelivered: false },
])('a retry that meets a deletion does not revive a fan-out that was $name', async ({ isRestDelivered }) => {
  const tweetId = await givenUp({ isRestDelivered });
  const retried = await interleave(heldDeletion(tweetId), () => retryFailed(pool(), 1, tweetId));
  expect(retried).toEqual([]);
  await expectCancelled(tweetId);
});

it('a retry of everybody’s leaves out what is deleted at that moment, and retries the others', async () => {
  const [deleted, other] = [
    await givenUp({ isRestDelivered: true }),
    await givenUp({ isRestDelivered: true }),
  ];
  const retried = await interleave(heldDeletion(deleted), () => retryAllFailed(pool(), null));
  expect(retried).toEqual([{ tweetId: other, numbers: [0] }]);
  await expectCancelled(deleted);
  expect(await startChunks(pool(), { tweetId: other, chunk: 0, count: 1 }, begins)).toHaveLength(1);
});

it('a deletion that overtakes a retry cancels it', async () => {
  const tweetId = await givenUp({ isRestDelivered: true });
  expect(await interleave(heldRetry(tweetId, 0), () => deleteTweet(pool(), 1, tweetId))).toBe(true);
  await expectCancelled(tweetId);
});

it('two retries at once give a chunk one more chance', async () => {
  const tweetId = await givenUp({ isRestDelivered: true });
  const numbers = await Promise.all([retryFailed(pool(), 1, tweetId), retryFailed(pool(), 1, tweetId)]);
  expect(numbers.flat()).toEqual([0]);
  expect(await readDeliveries(pool(), [tweetId])).toMatchObject([{ state: 'delivering', chunksFailed: 0 }]);
});
