import { afterAll, beforeAll, expect, it } from 'vitest';
import { deliverTweet } from '#testing/delivered-tweet.ts';
import { openWebStage, type WebStage } from '#testing/web-stage.ts';
import { openWorld, type World } from '#testing/world.ts';

let world: World;
let stage: WebStage;
beforeAll(async () => {
  world = await openWorld();
  stage = await openWebStage(world);
});
afterAll(async () => {
  await stage.stop();
  await world.close();
});

const read = async (path: string) => (await fetch(`${stage.url}${path}`)).json();

it('tells of tweets that went with a restore of Postgres, and only of those', async () => {
  expect(await read('/api/queue')).toMatchObject({ loss: null });
  await world.postgres.pool.query(
    `UPDATE ledger_incarnation SET lost_after = 7, lost_to = 9, lost_at = '2026-11-26T12:00:00Z'`,
  );
  expect(await read('/api/queue')).toMatchObject({
    loss: { after: 7, to: 9, at: '2026-11-26T12:00:00.000Z' },
  });
  const whyNot = async (id: number) => (await read(`/api/tweets/${id}/delivery`)).detail;
  for (const id of [8, 9]) expect(await whyNot(id)).toContain('Postgres was restored');
  for (const id of [7, 10]) expect(await whyNot(id)).toBe(`Expected a tweet that was fanned out, got ${id}`);
});

it('counts the receipts that are kept', async () => {
  const store = { redis: world.timelines, shards: 1, cap: 100 };
  await deliverTweet(world.postgres.pool, store, { authorId: 100, followers: 2 });
  const text = await (await fetch(`${stage.url}/metrics`)).text();
  expect(text).toContain('receipts{figure="count"} 1');
  expect(text).toMatch(/receipts\{figure="bytes"\} [1-9]/);
});
