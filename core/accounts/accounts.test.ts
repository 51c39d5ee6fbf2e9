import { afterAll, beforeAll, expect, test } from 'vitest';
import { addUsers } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { findAccount } from './accounts.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(world.postgres.pool, [1]);
});
afterAll(() => world.close());

test('a person is found by handle, and nobody by a text that no handle can be', async () => {
  const { pool } = world.postgres;
  expect(await findAccount(pool, 'user1')).toMatchObject({ id: 1, handle: 'user1' });
  for (const handle of ['', 'user2', 'user1\0', '\0', '\ud800', '💥'.repeat(1_000)])
    expect(await findAccount(pool, handle)).toBeNull();
});
