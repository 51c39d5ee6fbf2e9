import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openRedis } from '#core/redis.ts';
import { Epochs } from '#core/timelines/epoch.ts';
import { turnKey } from '#core/timelines/timeline.ts';
import { gate } from '#testing/task-stage.ts';
import { openWorld, type World } from '#testing/world.ts';
import { type Lane, largeLane, passTurn, smallLane, takeTurn } from './lanes.ts';

const SHARD = 0;
const KEY = turnKey('0');

let world: World;
let turns: Redis;
let lane: Lane;
let epochs: Epochs;
beforeAll(async () => {
  world = await openWorld();
  turns = openRedis(world.timelineRedisUrl, 'turns');
});
beforeEach(async () => {
  await world.timelines.flushdb();
  epochs = new Epochs();
  epochs.learn(SHARD, 'found');
  lane = largeLane(store(), turns, epochs, 1);
});
afterAll(async () => {
  turns.disconnect();
  await world.close();
});

const store = () => ({ redis: world.timelines, shards: 1, cap: 100 });
const tokens = () => world.timelines.llen(KEY);

it('sends the next push while the one before it runs', async () => {
  const { open, opened } = gate();
  const first = lane.inTurn(SHARD, () => opened.then(() => 'first'));
  expect(await lane.inTurn(SHARD, async () => 'second')).toBe('second');
  open();
  expect(await first).toBe('first');
});

it('sends them in the order in which they came, and has passed the turn on in the end', async () => {
  const sent: number[] = [];
  await Promise.all([1, 2, 3].map((n) => lane.inTurn(SHARD, async () => sent.push(n))));
  expect(sent).toEqual([1, 2, 3]);
  expect(await tokens()).toBe(1);
});

it('goes on after a push that fails, which fails alone', async () => {
  const failing = lane.inTurn(SHARD, async () => {
    throw new Error('No list');
  });
  const next = lane.inTurn(SHARD, async () => 'next');
  await expect(failing).rejects.toThrow('No list');
  expect(await next).toBe('next');
});

it('lets a small push go without a turn', async () => {
  expect(await smallLane(store()).inTurn(SHARD, async () => 'small')).toBe('small');
  expect(await tokens()).toBe(0);
});

it('hands the turn to one of those who wait for it', async () => {
  passTurn(world.timelines, KEY);
  await takeTurn(world.timelines, KEY);
  expect(await tokens()).toBe(0);
  const waiting = takeTurn(turns, KEY);
  passTurn(world.timelines, KEY);
  await waiting;
  expect(await tokens()).toBe(0);
});

it('is one turn, however often it is passed on', async () => {
  for (const redis of [world.timelines, turns, world.timelines]) passTurn(redis, KEY);
  await Promise.all([world.timelines.ping(), turns.ping()]);
  expect(await tokens()).toBe(1);
});

it('waits for nobody who died with the turn in hand', async () => {
  await takeTurn(turns, KEY);
  passTurn(turns, KEY);
  await turns.ping();
  expect(await tokens()).toBe(1);
});

it('waits for no turn at a store that is known to be away', async () => {
  const asked = vi.spyOn(turns, 'blpop');
  await lane.inTurn(SHARD, async () => {});
  expect(asked).toHaveBeenCalledTimes(1);
  epochs.forget(SHARD);
  await lane.inTurn(SHARD, async () => {});
  expect(asked).toHaveBeenCalledTimes(1);
  asked.mockRestore();
});
