import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDemoAccount, addFollowers, addUsers } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { findAccount, isFollowing, listDemoAccounts } from './accounts.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const { pool } = world.postgres;
  await addUsers(pool, [1, 200]);
  for (const id of [7, 3]) await addDemoAccount(pool, { id, handle: `demo${id}` });
  await addFollowers(pool, 1, [200]);
});
afterAll(() => world.close());

test('a person is found by handle, and nobody by a text that no handle can be', async () => {
  const { prisma } = world.postgres;
  expect(JSON.stringify(await findAccount(prisma, 'user1'))).toBe(
    '{"id":1,"handle":"user1","name":"User 1","bio":"","followerCount":1,"followingCount":0,"role":null}',
  );
  for (const handle of ['', 'user2', 'user1\0', '\0', '\ud800', '💥'.repeat(1_000)])
    expect(await findAccount(prisma, handle)).toBeNull();
});

test('the demo accounts are those with a role, by id', async () => {
  const found = await listDemoAccounts(world.postgres.prisma);
  expect(found.map(({ id, role }) => [id, role])).toEqual([
    [3, 'ordinary'],
    [7, 'ordinary'],
  ]);
});

test('following has a direction', async () => {
  const { prisma } = world.postgres;
  expect(await isFollowing(prisma, 200, 1)).toBe(true);
  expect(await isFollowing(prisma, 1, 200)).toBe(false);
});
