import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigError } from '#core/config.ts';
import { readLayout } from '#core/ledger/layout.ts';
import { openPostgres } from '#core/postgres.ts';
import { addUsers, post } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { requireShards } from './require-shards.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const never = new AbortController().signal;

it('takes the number over while nothing was posted, for the first of two processes', async () => {
  await requireShards(pool(), 3, never);
  expect(await readLayout(pool())).toMatchObject({ shards: 3 });
});

it('names a number that is not that of the data, and says how to change it', async () => {
  await addUsers(pool(), [1]);
  await post(pool(), 1);
  await expect(requireShards(pool(), 2, never)).rejects.toThrow(ConfigError);
  await expect(requireShards(pool(), 2, never)).rejects.toThrow(
    /^TIMELINE_SHARDS: Expected 3, .* got 2\. .*npm run shards -- 2/,
  );
  expect(await readLayout(pool())).toMatchObject({ shards: 3 });
});

it('lets the right number pass, and no number', async () => {
  await requireShards(pool(), 3, never);
  await requireShards(pool(), undefined, never);
});

it('waits for a Postgres that is away, as long as somebody wants to know', async () => {
  const away = openPostgres({ url: 'postgres://127.0.0.1:1/x', max: 1, name: 'away' });
  await requireShards(away.pool, 3, AbortSignal.timeout(50));
  await away.close();
});
