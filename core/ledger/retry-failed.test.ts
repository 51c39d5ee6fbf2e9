import { afterAll, beforeAll, expect, it } from 'vitest';
import { readBacklog } from '#core/admission/backlog.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { readDeliveries } from './delivery.ts';
import { failChunk } from './fail-chunk.ts';
import { planChunks } from './plan.ts';
import { retryAllFailed } from './retry-failed.ts';
import { startChunks } from './start-and-finish.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 22));
  await addFollowers(pool(), 1, range(3, 12));
  await addFollowers(pool(), 2, range(3, 12));
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;

/** A tweet of two chunks, of which the first was given up. */
async function givenUp(authorId: number, error: string): Promise<number> {
  const tweetId = await post(pool(), authorId);
  await planChunks(pool(), tweetId, { chunkSize: 5, shards: 1, most: 10 });
  const chunk = { tweetId, number: 0 };
  while ((await failChunk(pool(), chunk, error)).outcome === 'retry');
  return tweetId;
}

it('retries those of one error, whoever’s they are, and leaves the others', async () => {
  const [ours, theirs] = [await givenUp(1, 'WRONGTYPE'), await givenUp(2, 'WRONGTYPE')];
  const other = await givenUp(1, 'OOM');
  expect(await retryAllFailed(pool(), 'WRONGTYPE')).toEqual(
    expect.arrayContaining([
      { tweetId: ours, numbers: [0] },
      { tweetId: theirs, numbers: [0] },
    ]),
  );
  const failed = (await readDeliveries(pool(), [ours, theirs, other])).map((each) => [
    each.tweetId,
    each.chunksFailed,
  ]);
  expect(Object.fromEntries(failed)).toEqual({ [ours]: 0, [theirs]: 0, [other]: 1 });
  const message = { tweetId: ours, chunk: 0, count: 1 };
  expect(await startChunks(pool(), message, { worker: 'A', shards: 1 })).toHaveLength(1);
});

it('retries all when no error is named, and the deliveries are owed again', async () => {
  const before = (await readBacklog(pool())).deliveries;
  await retryAllFailed(pool(), null);
  expect(await retryAllFailed(pool(), null)).toEqual([]);
  const { rows } = await pool().query(
    'SELECT coalesce(sum(expected), 0)::int AS owed FROM fan_out WHERE state = ANY($1::fan_out_state[])',
    [['waiting', 'delivering']],
  );
  const after = (await readBacklog(pool())).deliveries;
  expect(after).toBe(rows[0].owed);
  expect(after).toBeGreaterThanOrEqual(before);
});
