import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
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
it('lets a small push go without a turn', async () => {
  expect(await smallLane(store()).inTurn(SHARD, async () => 'small')).toBe('small');
  expect(await tokens()).toBe(0);
});
it('waits for nobody who died with the turn in hand', async () => {
  await takeTurn(turns, KEY);
  passTurn(turns, KEY);
  await turns.ping();
  expect(await tokens()).toBe(1);
});
