import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { beginRebuild, mergeTimeline } from './merge.ts';
import { readTimeline } from './read-timeline.ts';
import { settleOnce } from './settle.ts';
import { packId, pushChunk, type TimelineStore, TOP, timelineKey } from './timeline.ts';

let world: World;
let store: TimelineStore;
beforeAll(async () => {
  world = await openWorld();
  store = { redis: world.timelines, shards: 1, cap: 100 };
});
beforeEach(async () => {
  await world.timelines.flushdb();
  await settleOnce(world.postgres.pool, store);
});
afterAll(() => world.close());

const warm = (userId: number, ...entries: number[]) =>
  store.redis.rpush(timelineKey(userId, { shards: 1 }), ...entries, 0);
const push = (tweetId: number, users: number[], chunk = 0) =>
  pushChunk(store, { tweetId, chunk, shard: 0, followers: users.map(packId).join('') });
const warmOne = async (userId: number) => {
  const found = await readTimeline(store, userId);
  if (found.outcome !== 'warm') throw new Error(`The timeline is ${found.outcome}`);
  return found;
};
const raw = async (userId: number) =>
  (await store.redis.lrange(timelineKey(userId, { shards: 1 }), 0, -1)).map(Number);

it('pushes onto timelines that exist and counts the others as cold', async () => {
  await warm(1);
  await warm(2);
  expect(await push(7, [1, 2, 3])).toEqual({ redelivered: false, delivered: 2, cold: 1 });
  expect(await raw(1)).toEqual([7, 0]);
  expect(await raw(3)).toEqual([]);
});

it('adds nothing for a redelivered chunk, and answers with the counts of the first time', async () => {
  await warm(1);
  await push(7, [1, 2]);
  await warm(2);
  expect(await push(7, [1, 2])).toEqual({ redelivered: true, delivered: 1, cold: 1 });
  expect(await raw(1)).toEqual([7, 0]);
  expect(await raw(2)).toEqual([0]);
});

it('adds nothing twice when a chunk is delivered fifty times at once', async () => {
  await warm(1);
  const results = await Promise.all(range(1, 50).map(() => push(7, [1])));
  expect(results.filter((result) => !result.redelivered)).toHaveLength(1);
  expect(await raw(1)).toEqual([7, 0]);
});
it('raises the floor to the largest id that trimming drops, whatever the order of pushes was', async () => {
  // 500 arrives first and is pushed out first although it is not the smallest.
  await warm(1);
  for (const id of [500, ...range(1, 180)]) await push(id, [1], id);
  const timeline = await warmOne(1);
  expect(timeline.floor).toBe(500);
  expect(timeline.ids).toEqual([]);
  expect(await store.redis.llen(timelineKey(1, { shards: 1 }))).toBeLessThanOrEqual(store.cap + 81);
});

it('keeps at least the cap of newest entries when pushes come in order', async () => {
  await warm(1);
  for (const id of range(1, 400)) await push(id, [1], id);
  const timeline = await warmOne(1);
  expect(timeline.ids.length).toBeGreaterThanOrEqual(store.cap - 1);
  expect(timeline.ids).toEqual(range(timeline.floor + 1, 400).reverse());
});

it('reads ids in the order of ids, each once', async () => {
  await warm(1, 5, 9, 5, 3);
  expect(await readTimeline(store, 1)).toEqual({ outcome: 'warm', ids: [9, 5, 3], floor: 0 });
});

it('shows nothing of a timeline that is being rebuilt, but takes pushes', async () => {
  expect(await beginRebuild(store, 1, 'a')).toBe('begun');
  expect(await readTimeline(store, 1)).toEqual({ outcome: 'cold' });
  expect(await push(7, [1])).toMatchObject({ delivered: 1 });
  const entries = [
    { id: 5, chunk: null },
    { id: 7, chunk: null },
  ];
  expect(await mergeTimeline(store, 1, { token: 'a', floor: 2, entries })).toBe('merged');
  expect(await raw(1)).toEqual([7, 5, -2]);
});

it('lets one rebuild run at a time, and a second only when the first is gone', async () => {
  expect(await beginRebuild(store, 1, 'a')).toBe('begun');
  expect(await beginRebuild(store, 1, 'b')).toBe('elsewhere');
  expect(await mergeTimeline(store, 1, { token: 'b', floor: 0, entries: [] })).toBe('superseded');
  expect(await mergeTimeline(store, 1, { token: 'a', floor: 0, entries: [] })).toBe('merged');
  expect(await beginRebuild(store, 1, 'c')).toBe('warm');
});

it('leaves an id whose chunk is still to come to that chunk, so that it is there once', async () => {
  await beginRebuild(store, 1, 'a');
  await push(8, [1], 3);
  const entries = [
    { id: 7, chunk: 3 },
    { id: 8, chunk: 3 },
  ];
  await mergeTimeline(store, 1, { token: 'a', floor: 0, entries });
  expect(await raw(1)).toEqual([8, 0]);
  await push(7, [1], 3);
  expect(await raw(1)).toEqual([7, 8, 0]);
});

it('takes an id whose chunk came while the timeline was cold from the snapshot', async () => {
  await push(7, [1], 3);
  await beginRebuild(store, 1, 'a');
  await mergeTimeline(store, 1, { token: 'a', floor: 0, entries: [{ id: 7, chunk: 3 }] });
  expect(await raw(1)).toEqual([7, 0]);
});

it('merges a backfill without moving the floor down or adding what is there', async () => {
  await store.redis.rpush(timelineKey(1, { shards: 1 }), 9, 4, -3);
  const entries = [2, 3, 4, 6].map((id) => ({ id, chunk: null }));
  expect(await mergeTimeline(store, 1, { token: null, floor: null, entries })).toBe('merged');
  expect(await raw(1)).toEqual([9, 6, 4, -3]);
});

it('tells a backfill that there is no timeline, or one that is being rebuilt', async () => {
  const backfill = { token: null, floor: null, entries: [{ id: 1, chunk: null }] };
  expect(await mergeTimeline(store, 1, backfill)).toBe('cold');
  await beginRebuild(store, 1, 'a');
  expect(await mergeTimeline(store, 1, backfill)).toBe('building');
});

it('holds ids up to 2^53 exactly, in pushes, merges and markers', async () => {
  const big = TOP - 1;
  await warm(1);
  await push(big, [1]);
  await mergeTimeline(store, 1, { token: null, floor: null, entries: [{ id: big - 1, chunk: null }] });
  expect(await readTimeline(store, 1)).toEqual({ outcome: 'warm', ids: [big, big - 1], floor: 0 });
});
