import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import { SECOND } from '#core/durations.ts';
import { readRow } from '#core/rows.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { planChunks } from './plan.ts';
import { claimDue, LEASE } from './publish.ts';
import { finishChunks } from './start-and-finish.ts';

const PLAN = { chunkSize: 5, shards: 1, most: 10 };

let world: World;
let tweetId = 0;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 11));
  await addFollowers(pool(), 1, range(2, 11));
});
beforeEach(async () => {
  tweetId = await post(pool(), 1);
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;

/** As if it had been accepted so long ago, and were due now. */
const age = (ms: number) =>
  pool().query(
    `UPDATE fan_out SET accepted_at = clock_timestamp() - $2 * interval '1 ms',
       due_at = clock_timestamp() - interval '1 ms' WHERE tweet_id = $1`,
    [tweetId, ms],
  );

/** Milliseconds until it is due. */
async function dueIn(): Promise<number> {
  const { ms } = await readRow(pool(), z.object({ ms: z.number() }), {
    text: `SELECT (extract(epoch FROM due_at - clock_timestamp()) * 1000)::float8 AS ms FROM fan_out WHERE tweet_id = $1`,
    values: [tweetId],
  });
  return ms;
}

async function claim(): Promise<void> {
  expect((await claimDue(pool(), 100)).map((each) => each.tweetId)).toContain(tweetId);
}

it.each([
  { what: 'a new one after a lease', ageMs: 0, above: 0, upTo: LEASE },
  { what: 'an older one after as long as it is old', ageMs: 40 * SECOND, above: LEASE, upTo: 42 * SECOND },
  { what: 'a very old one after a minute', ageMs: 3_600 * SECOND, above: 42 * SECOND, upTo: 60 * SECOND },
])('claims $what again', async ({ ageMs, above, upTo }) => {
  await age(ageMs);
  await claim();
  expect(await dueIn()).toBeGreaterThan(above);
  expect(await dueIn()).toBeLessThanOrEqual(upTo);
});

it('leaves it alone for as long when its message comes and nothing is planned, and for a lease after progress', async () => {
  await planChunks(pool(), tweetId, PLAN);
  await age(40 * SECOND);
  await claim();
  await planChunks(pool(), tweetId, PLAN); // the copy: it publishes what is not done once more
  expect(await dueIn()).toBeGreaterThan(LEASE);
  const first = { number: 0, redelivered: false, delivered: 5, cold: 0 };
  await finishChunks(pool(), [{ tweetId, pushed: [first] }]);
  expect(await dueIn()).toBeLessThanOrEqual(LEASE);
});
