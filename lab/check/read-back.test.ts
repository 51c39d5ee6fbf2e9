import { afterAll, beforeAll, expect, it } from 'vitest';
import { receiptKey, timelineKey } from '#core/timelines/timeline.ts';
import { deliverAgain, deliverTweet } from '#testing/delivered-tweet.ts';
import { openWorld, type World } from '#testing/world.ts';
import { auditAll, isBroken, sumAudits } from './audit-all.ts';
import { readBack } from './read-back.ts';

let world: World;
let stores: Parameters<typeof readBack>[0];
let tweetId: number;
beforeAll(async () => {
  world = await openWorld();
  stores = { pool: world.postgres.pool, timelines: { redis: world.timelines, shards: 1, cap: 100 } };
  tweetId = await deliverTweet(stores.pool, stores.timelines, { authorId: 1, followers: 10 });
});
afterAll(() => world.close());

const audits = () => auditAll({ pool: stores.pool, store: stores.timelines }, [tweetId]);

it('finds nothing wrong with timelines that are right', async () => {
  expect(await readBack(stores, 2)).toEqual({ userId: 2, read: 1, missing: [], twice: [], foreign: [] });
  expect((await audits()).some(isBroken)).toBe(false);
});

it('finds a tweet that is not in a timeline', async () => {
  await world.timelines.lrem(timelineKey(3, { shards: 1 }), 1, tweetId);
  expect(await readBack(stores, 3)).toMatchObject({ read: 0, missing: [tweetId] });
  expect(sumAudits(await audits())).toMatchObject({ missing: 1, twice: 0 });
  expect((await audits()).some(isBroken)).toBe(true);
  await world.timelines.lpush(timelineKey(3, { shards: 1 }), tweetId);
});

it('finds a tweet that is in a timeline twice, which no reader ever sees', async () => {
  await world.timelines.lpush(timelineKey(4, { shards: 1 }), tweetId);
  expect(await readBack(stores, 4)).toMatchObject({ read: 1, twice: [] });
  expect(sumAudits(await audits())).toMatchObject({ missing: 0, twice: 1 });
  await world.timelines.lrem(timelineKey(4, { shards: 1 }), 1, tweetId);
});

it('finds the whole chunk twice when it is delivered again without its receipt, and nothing with it', async () => {
  const again = () => deliverAgain(stores.pool, stores.timelines, { tweetId, number: 1 });
  await again();
  expect(sumAudits(await audits())).toMatchObject({ missing: 0, twice: 0 });
  await world.timelines.del(receiptKey(tweetId, '0'));
  await again();
  expect(sumAudits(await audits())).toMatchObject({ missing: 0, twice: 4 });
});

it('leaves out what is not delivered', async () => {
  const fanOut = (state: string, finished: string) =>
    stores.pool.query(`UPDATE fan_out SET state = $1, finished_at = ${finished}`, [state]);
  await fanOut('delivering', 'NULL');
  expect(await audits()).toEqual([]);
  await fanOut('delivered', 'now()');
  expect(await audits()).toHaveLength(1);
});
