import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, unfollow } from '#core/followers/follow.ts';
import { packFollowers } from '#core/followers/packs.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { isFinished, readDeliveries, readRecentDeliveries } from '#core/ledger/delivery.ts';
import { packId } from '#core/timelines/timeline.ts';
import { eventually } from '#testing/eventually.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { planChunks } from './plan.ts';
import { finishChunks, startChunks, startOnlyChunks } from './start-and-finish.ts';

const [MANY, FEW] = [1, 2]; // authors, with 40 followers and with 5
const CHUNK = 5; // followers
const WORKER = { worker: 'A', chunkSize: CHUNK, shards: 1 };

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 42));
  await addFollowers(pool(), MANY, range(3, 42));
  await addFollowers(pool(), FEW, range(3, 7));
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const plan = (tweetId: number) => planChunks(pool(), tweetId, { chunkSize: CHUNK, shards: 1, most: 3 });

it('plans every range once when several plan at once', async () => {
  const tweetId = await post(pool(), MANY);
  const planned: number[] = [];
  const planAll = async () => {
    for (;;) {
      const step = await plan(tweetId);
      if (step.outcome !== 'planned') throw new Error(`Expected a plan, got ${step.outcome}`);
      planned.push(...step.numbers);
      if (step.isComplete) return;
    }
  };
  await Promise.all([planAll(), planAll(), planAll()]);
  expect(planned.sort((a, b) => a - b)).toEqual(range(0, 7));
  const chunks = await readChunks(pool(), tweetId);
  expect(chunks.map(({ fromId, toId }) => [fromId, toId])).toEqual(
    range(0, 7).map((n) => [n === 0 ? 1 : 3 + n * CHUNK, 7 + n * CHUNK]), // without a gap, whoever follows
  );
});

it('plans nothing when another has planned while it waited for the row, and goes on from there', async () => {
  const tweetId = await post(pool(), MANY);
  const other = await pool().connect();
  await other.query('BEGIN');
  await other.query('SELECT FROM fan_out WHERE tweet_id = $1 FOR UPDATE', [tweetId]);
  const planning = plan(tweetId);
  await eventually(async () => {
    const { rowCount } = await pool().query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    expect(rowCount).toBe(1);
  });
  await other.query(
    'INSERT INTO chunk (tweet_id, number, shard, from_id, to_id, expected) VALUES ($1, 0, 0, 1, 7, $2)',
    [tweetId, CHUNK],
  );
  await other.query(`UPDATE fan_out SET chunks = 1, layout = 0, state = 'delivering' WHERE tweet_id = $1`, [
    tweetId,
  ]);
  await other.query('COMMIT');
  other.release();
  expect(await planning).toMatchObject({ outcome: 'planned', numbers: [], chunks: 1 });
  expect(await plan(tweetId)).toMatchObject({ outcome: 'planned', numbers: [1, 2, 3] });
});

it('reads the ranges without holding up a chunk that finishes', async () => {
  const tweetId = await post(pool(), MANY);
  await plan(tweetId);
  const holder = await pool().connect();
  await holder.query('BEGIN');
  await holder.query('LOCK TABLE follow IN ACCESS EXCLUSIVE MODE'); // the planner waits here, for as long as we like
  const planning = plan(tweetId);
  const pushed = [{ number: 0, redelivered: false, delivered: CHUNK, cold: 0 }];
  expect(await finishChunks(pool(), [{ tweetId, pushed }])).toHaveLength(1);
  await holder.query('COMMIT');
  holder.release();
  expect(await planning).toMatchObject({ outcome: 'planned', numbers: [3, 4, 5] });
});

it('plans a fan-out that fits one chunk, takes it and reads its followers at once', async () => {
  const tweetId = await post(pool(), FEW);
  const [work] = await startOnlyChunks(pool(), [tweetId], WORKER);
  expect(work).toMatchObject({ tweetId, number: 0, shard: 0, expected: 5, authorId: FEW });
  expect(work?.followers).toBe(
    range(3, 7)
      .map((id) => id.toString(16).padStart(8, '0'))
      .join(''),
  );
  await finishChunks(pool(), [
    { tweetId, pushed: [{ number: 0, redelivered: false, delivered: 4, cold: 1 }] },
  ]);
  const [delivery] = await readDeliveries(pool(), [tweetId]);
  expect(delivery).toMatchObject({ state: 'delivered', chunks: 1, delivered: 4, cold: 1, gone: 0 });
});

it('leaves to the plan what is larger, was begun before, or is finished', async () => {
  const large = await post(pool(), MANY);
  expect(await startOnlyChunks(pool(), [large], WORKER)).toEqual([]);
  const begun = await post(pool(), FEW);
  expect(await startOnlyChunks(pool(), [begun], WORKER)).toHaveLength(1);
  expect(await startOnlyChunks(pool(), [begun], WORKER)).toEqual([]);
  expect(await plan(begun)).toMatchObject({ outcome: 'planned', numbers: [], isComplete: true });
  const message = { tweetId: begun, chunk: 0, count: 1 };
  expect(await startChunks(pool(), message, { worker: 'B', shards: 1 })).toMatchObject([{ expected: 5 }]);
});

it('counts those as gone who unfollowed between the tweet and its only chunk', async () => {
  const tweetId = await post(pool(), FEW);
  await unfollow(pool(), { followerId: 7, followeeId: FEW });
  const [work] = await startOnlyChunks(pool(), [tweetId], WORKER);
  expect(work?.followers).toHaveLength(4 * 8);
  await finishChunks(pool(), [
    { tweetId, pushed: [{ number: 0, redelivered: false, delivered: 4, cold: 0 }] },
  ]);
  const [delivery] = await readDeliveries(pool(), [tweetId]);
  expect(delivery && isFinished(delivery)).toBe(true);
  expect(delivery).toMatchObject({ delivered: 4, gone: 1 });
});

it('tells a page that opens its stream late of the deliveries that are over already, for 30 s', async () => {
  const tweetId = await post(pool(), FEW);
  await startOnlyChunks(pool(), [tweetId], WORKER);
  await finishChunks(pool(), [
    { tweetId, pushed: [{ number: 0, redelivered: false, delivered: 4, cold: 0 }] },
  ]);
  const recent = async () => (await readRecentDeliveries(pool(), FEW)).map((delivery) => delivery.tweetId);
  expect(await recent()).toContain(tweetId);
  await pool().query(`UPDATE fan_out SET finished_at = finished_at - interval '31 s' WHERE tweet_id = $1`, [
    tweetId,
  ]);
  expect(await recent()).not.toContain(tweetId);
});

describe('with packs', () => {
  const PACKED = 43; // an author with 12 followers
  const followers = range(44, 55);
  beforeAll(async () => {
    await addUsers(pool(), [PACKED, ...followers, 56]);
    await addFollowers(pool(), PACKED, followers);
    await packFollowers(pool(), PACKED, { chunkSize: CHUNK, shards: 1 });
  });

  const read = async (tweetId: number) => {
    const works = await startChunks(pool(), { tweetId, chunk: 0, count: 3 }, { worker: 'A', shards: 1 });
    return works.map((work) => work.followers);
  };
  const packed = (ids: number[]) => ids.map(packId).join('');

  it('plans a fan-out and reads its followers from packs alone', async () => {
    const tweetId = await post(pool(), PACKED);
    await pool().query('UPDATE follow SET followee_id = -$1::int WHERE followee_id = $1', [PACKED]); // nobody to be found
    expect(await plan(tweetId)).toMatchObject({ outcome: 'planned', numbers: [0, 1, 2], isComplete: false });
    expect(await plan(tweetId)).toMatchObject({ outcome: 'planned', numbers: [], isComplete: true });
    expect(await read(tweetId)).toEqual([
      packed(followers.slice(0, 5)),
      packed(followers.slice(5, 10)),
      packed(followers.slice(10)),
    ]);
    await pool().query('UPDATE follow SET followee_id = $1 WHERE followee_id = -$1::int', [PACKED]);
    expect((await readChunks(pool(), tweetId)).map(({ expected }) => expected)).toEqual([5, 5, 2]);
  });

  it('leaves out who has followed or unfollowed since the tweet', async () => {
    const tweetId = await post(pool(), PACKED);
    await follow(pool(), { followerId: 56, followeeId: PACKED });
    await plan(tweetId);
    await unfollow(pool(), { followerId: 44, followeeId: PACKED });
    expect((await readChunks(pool(), tweetId)).map(({ expected }) => expected)).toEqual([5, 5, 2]);
    expect(await read(tweetId)).toEqual([
      packed(followers.slice(1, 5)),
      packed(followers.slice(5, 10)),
      packed(followers.slice(10)),
    ]);
  });

  it('reads nobody for a tweet that is deleted', async () => {
    const tweetId = await post(pool(), PACKED);
    await plan(tweetId);
    await pool().query('UPDATE tweet SET deleted_at = now() WHERE id = $1', [tweetId]);
    expect(await read(tweetId)).toEqual(['', '', '']);
  });

  it('goes on as it has begun when packs are made in the middle of a plan', async () => {
    const tweetId = await post(pool(), MANY);
    expect(await plan(tweetId)).toMatchObject({ numbers: [0, 1, 2] });
    await packFollowers(pool(), MANY, { chunkSize: 7, shards: 1 });
    await packFollowers(pool(), MANY, { chunkSize: CHUNK, shards: 1 });
    for (let complete = false; !complete; ) {
      const step = await plan(tweetId);
      if (step.outcome !== 'planned') throw new Error(`Expected a plan, got ${step.outcome}`);
      complete = step.isComplete;
    }
    const chunks = await readChunks(pool(), tweetId);
    expect(chunks.reduce((sum, { expected }) => sum + expected, 0)).toBe(40);
    for (const [n, chunk] of chunks.entries()) expect(chunk.fromId).toBe((chunks[n - 1]?.toId ?? 0) + 1);
  });
});

describe('in several shards of generation 0', () => {
  const layout = { shards: 3, generation: 0 };
  beforeAll(() => pool().query('UPDATE timeline_layout SET shards = 3 WHERE generation = 0'));
  afterAll(() => pool().query('UPDATE timeline_layout SET shards = 1 WHERE generation = 0'));

  it('plans one shard after the other, so that the version before can go on with the plan', async () => {
    const tweetId = await post(pool(), MANY);
    for (let step = 0; step < 5; step++)
      await planChunks(pool(), tweetId, { ...layout, chunkSize: CHUNK, most: 2 });
    const { rows } = await pool().query<{ shard: number; expected: number }>(
      'SELECT shard, expected FROM chunk WHERE tweet_id = $1 ORDER BY number',
      [tweetId],
    );
    expect(rows.map(({ shard }) => shard)).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2]);
    expect(rows.reduce((sum, { expected }) => sum + expected, 0)).toBe(40);
  });

  it('leaves a small fan-out to the plan: the version before knows no chunk of all shards', async () => {
    const tweetId = await post(pool(), FEW);
    expect(await startOnlyChunks(pool(), [tweetId], { ...WORKER, ...layout })).toEqual([]);
  });
});
