import { afterAll, beforeAll, expect, test } from 'vitest';
import { packId, timelinePrefix } from '#core/timelines/timeline.ts';
import { Cleanup } from '#lab/harness/cleanup.ts';
import { type Audience, addFullAudience } from '#lab/load/full-timelines.ts';
import { type Connections, connect, variablesOf } from '#lab/stage/connect.ts';
import { addAuthorWithFollowers } from '#prisma/seed/author-with-followers.ts';
import { openWorld, type World } from '#testing/world.ts';
import { jobPerFollower } from './job-per-follower.ts';
import { ceiling, clientPipeline, insertSelect } from './methods.ts';

const FOLLOWERS = 162; // twice the lengths that a full timeline may have
const cleanup = new Cleanup();
const tools = { env: process.env, log: () => {}, onEnd: cleanup.add };

let world: World;
let connections: Connections;
let audience: Audience;

beforeAll(async () => {
  world = await openWorld();
  connections = connect(variablesOf(world), tools);
  const wanted = { handle: 'star', followers: FOLLOWERS, tweets: 3 };
  const { id } = await addAuthorWithFollowers(connections.pool, connections.store, wanted);
  audience = { authorId: id, count: FOLLOWERS };
});
afterAll(async () => {
  await cleanup.run();
  await world.close();
});

/** The lengths of all followers' timelines, with the floor marker. */
async function lengths({ authorId, count }: Audience): Promise<number[]> {
  const keys = Array.from({ length: count }, (_, n) => `${timelinePrefix('0')}${packId(authorId + 1 + n)}`);
  return Promise.all(keys.map((key) => world.timelines.llen(key)));
}

test.each([
  ['the ceiling', () => ceiling(connections, audience)],
  ['a client pipeline', () => clientPipeline(connections, audience)],
  ['one job a follower', () => jobPerFollower(connections, audience, tools)],
])('%s brings one tweet to every follower', async (_, open) => {
  const before = await lengths(audience);
  const deliver = await open();
  await deliver();
  expect(await lengths(audience)).toEqual(before.map((length) => length + 1));
});

test('INSERT … SELECT brings one tweet to every follower', async () => {
  const deliver = await insertSelect(connections, audience);
  await deliver();
  const { rows } = await connections.pool.query(
    'SELECT count(DISTINCT follower_id) AS count FROM bench_timeline',
  );
  expect(rows).toEqual([{ count: FOLLOWERS }]);
});

test('full timelines have every length between two trims equally often', async () => {
  const full = await addFullAudience(connections, FOLLOWERS);
  const { cap } = connections.store;
  const expected = Array.from({ length: 81 }, (_, n) => [cap + 1 + n, cap + 1 + n]).flat();
  expect((await lengths(full)).sort((a, b) => a - b)).toEqual(expected);
});
