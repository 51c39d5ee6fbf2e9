import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openRedis } from '#core/redis.ts';
import { openWorld, type World } from '#testing/world.ts';
import { turnKey } from './keys.ts';
import { passTurn, takeTurn } from './turn.ts';

const SHARD = 0;

let world: World;
let [one, other]: Redis[] = [];
beforeAll(async () => {
  world = await openWorld();
  [one, other] = ['one', 'other'].map((name) => openRedis(world.timelineRedisUrl, name));
});
beforeEach(() => world.timelines.flushdb());
afterAll(async () => {
  one?.disconnect();
  other?.disconnect();
  await world.close();
});

const lanes = (): [Redis, Redis] => {
  if (!one || !other) throw new Error('Expected two connections');
  return [one, other];
};
const tokens = () => world.timelines.llen(turnKey(SHARD));

it('hands the turn to one of those who wait for it', async () => {
  const [first, second] = lanes();
  passTurn(first, SHARD);
  await takeTurn(first, SHARD);
  expect(await tokens()).toBe(0);
  const waiting = takeTurn(second, SHARD);
  passTurn(first, SHARD);
  await waiting;
  expect(await tokens()).toBe(0);
});

it('is one turn, however often it is passed on', async () => {
  const [first, second] = lanes();
  for (const lane of [first, second, first]) passTurn(lane, SHARD);
  await Promise.all([first.ping(), second.ping()]);
  expect(await tokens()).toBe(1);
});

it('waits for nobody who died with the turn in hand', async () => {
  const [first] = lanes();
  await takeTurn(first, SHARD);
  passTurn(first, SHARD);
  await first.ping();
  expect(await tokens()).toBe(1);
});
