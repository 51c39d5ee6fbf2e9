import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { checkLedger } from '#core/audit/ledger-rules.ts';
import { addFollowers, addUsers, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { follow, unfollow } from './follow.ts';
import { LARGEST_ID, packFollowers } from './packs.ts';

const CUT = { chunkSize: 10, shards: 1 };

let world: World;
let author = 0;
beforeAll(async () => {
  world = await openWorld();
});
beforeEach(() => {
  author += 1_000;
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;

async function audience(followers: number[]): Promise<void> {
  await addUsers(pool(), [author, ...range(author + 1, author + 99)]);
  await addFollowers(pool(), author, followers);
}

type Pack = { shard: number; from: number; to: number; ids: number[] };

async function packs(): Promise<Pack[]> {
  const { rows } = await pool().query<Omit<Pack, 'ids'> & { ids: Buffer }>(
    `SELECT shard, from_id AS "from", to_id AS "to", ids FROM follower_pack WHERE followee_id = $1
     ORDER BY shard, from_id`,
    [author],
  );
  return rows.map(({ ids, ...pack }) => ({
    ...pack,
    ids: range(0, ids.length / 4 - 1).map((n) => ids.readInt32BE(4 * n)),
  }));
}

it('holds every follower in ranges from the first id to the last, without a gap', async () => {
  const followers = range(author + 1, author + 25);
  await audience(followers);
  expect(await packFollowers(pool(), author, CUT)).toBe(true);
  const [first, second, third, ...more] = await packs();
  expect(more).toEqual([]);
  expect(first).toMatchObject({ from: 1, to: author + 10, ids: followers.slice(0, 10) });
  expect(second).toMatchObject({ from: author + 11, to: author + 20, ids: followers.slice(10, 20) });
  expect(third).toMatchObject({ from: author + 21, to: LARGEST_ID, ids: followers.slice(20) });
  expect(await checkLedger(pool())).toEqual([]);
});
it('takes in who follows and lets go who unfollows, at the ends as well as between', async () => {
  await audience(range(author + 10, author + 30));
  await packFollowers(pool(), author, CUT);
  for (const followerId of [author + 1, author + 99])
    await follow(pool(), { followerId, followeeId: author });
  for (const followerId of range(author + 20, author + 29))
    await unfollow(pool(), { followerId, followeeId: author });
  expect((await packs()).map(({ ids }) => ids)).toEqual([
    [author + 1, ...range(author + 10, author + 19)],
    [], // who was in it has left
    [author + 30, author + 99],
  ]);
  expect(await checkLedger(pool())).toEqual([]);
});

it('holds exactly who follows while people follow and unfollow and several make packs', async () => {
  const [staying, moving] = [range(author + 1, author + 40), range(author + 41, author + 80)];
  await audience(staying);
  const move = async (followerId: number) => {
    await follow(pool(), { followerId, followeeId: author });
    if (followerId % 3 === 0) await unfollow(pool(), { followerId, followeeId: author });
  };
  const pack = () => packFollowers(pool(), author, { chunkSize: 50, shards: 1 });
  await Promise.all(moving.flatMap((id) => [move(id), pack()]));
  expect(await checkLedger(pool())).toEqual([]);
  expect(await packs()).not.toEqual([]);
});
