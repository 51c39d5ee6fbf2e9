import { afterAll, beforeAll, expect, it } from 'vitest';
import { readFlowSample } from '#core/console/flow.ts';
import { readWaits } from '#core/console/waits.ts';
import { addFollowers, addUsers, post, range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { planChunks } from './plan.ts';
import { finishChunks, startChunks } from './start-and-finish.ts';
import { readActivity, readOldestWaiting, reportWorker } from './workers.ts';

let world: World;
let tweet: number;
beforeAll(async () => {
  world = await openWorld();
  await addUsers(pool(), range(1, 11));
  await addFollowers(pool(), 1, range(2, 11));
  tweet = await post(pool(), 1);
  await planChunks(pool(), tweet, { chunkSize: 5, shards: 1, most: 10 });
});
afterAll(() => world.close());

const pool = () => world.postgres.pool;
const start = (number: number, worker: string) =>
  startChunks(pool(), { tweetId: tweet, chunk: number, count: 1 }, { worker, shards: 1 });

it('shows each worker with the chunks that it took, also one that died over them', async () => {
  for (const name of ['A', 'B']) await reportWorker(pool(), name);
  await start(0, 'A');
  await start(1, 'dead');
  const workers = await readActivity(pool());
  expect(workers).toMatchObject([
    { worker: 'A', alive: true, doing: [{ tweetId: tweet, number: 0, expected: 5, attempts: 1 }] },
    { worker: 'B', alive: true, doing: [] },
    { worker: 'dead', alive: false, doing: [{ number: 1 }] },
  ]);
  expect(workers[0]?.doing[0]?.ms).toBeGreaterThan(0);
});

it('measures the wait of what was done, and the age of what was not', async () => {
  const before = await readFlowSample(pool());
  await finishChunks(pool(), [
    { tweetId: tweet, pushed: [{ number: 0, redelivered: false, delivered: 5, cold: 0 }] },
  ]);
  const after = await readFlowSample(pool());
  expect([before.backlog - after.backlog, after.done - before.done]).toEqual([5, 5]);
  const waits = await readWaits(pool(), 10);
  expect(waits.deliveries).toBe(5);
  expect((waits.wait?.p50 ?? 0) + (waits.run?.p50 ?? 0)).toBeCloseTo((waits.meanS ?? 0) * 1_000, 3);
  expect(await readOldestWaiting(pool())).toBeGreaterThan(0);
  await finishChunks(pool(), [
    { tweetId: tweet, pushed: [{ number: 1, redelivered: false, delivered: 5, cold: 0 }] },
  ]);
  expect(await readOldestWaiting(pool())).toBeNull();
  expect((await readWaits(pool(), 10)).deliveries).toBe(10);
});
