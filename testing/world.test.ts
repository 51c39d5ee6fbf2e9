import { afterEach, expect, test } from 'vitest';
import { openWorld, type World } from './world.ts';

const worlds: World[] = [];

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.close()));
});

test('a world has every table and no row', async () => {
  const { postgres } = await newWorld();
  expect(await postgres.prisma.tweet.count()).toBe(0);
});

test('two worlds do not see each other', async () => {
  const [one, other] = [await newWorld(), await newWorld()];
  await one.postgres.pool.query(`INSERT INTO "user" (id, handle, name) VALUES (1, 'ada', 'Ada')`);
  await one.timelines.set('key', 'value');
  expect(await other.postgres.prisma.user.count()).toBe(0);
  expect(await other.timelines.get('key')).toBeNull();
});

test('closing a world drops its database and may be done twice', async () => {
  const [one, other] = [await newWorld(), await newWorld()];
  await one.close();
  await one.close();
  const name = new URL(one.databaseUrl).pathname.slice(1);
  const found = await other.postgres.pool.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  expect(found.rowCount).toBe(0);
});

async function newWorld(): Promise<World> {
  const world = await openWorld();
  worlds.push(world);
  return world;
}
