import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { follow, unfollow } from '#core/followers/follow.ts';
import { packFollowers } from '#core/followers/packs.ts';
import { readChunks } from '#core/ledger/chunks.ts';
import { isFinished, readDeliveries } from '#core/ledger/delivery.ts';
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
});
