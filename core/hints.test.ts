import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { openRedis } from '#core/redis.ts';
import { eventually } from '#testing/eventually.ts';
import { openWorld, type World } from '#testing/world.ts';
import { HintChannel, HintSource } from './hints.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

let channels = 0;
const openChannel = () => new HintChannel(`test-${++channels}`, z.object({ id: z.int() }));

/** A source that is subscribed, and what it has heard since. */
async function listening(channel = openChannel()) {
  const redis = openRedis(world.timelineRedisUrl, 'hints');
  onTestFinished(() => redis.disconnect());
  const source = new HintSource(channel, () => redis);
  const heard: unknown[] = [];
  const stop = source.listen((hint) => heard.push(hint));
  await eventually(() => expect(heard).toEqual(['resync']));
  return { channel, redis, source, heard, stop };
}

/** Resolves when whatever was published on this connection before has been handed to its subscribers. */
async function flushed(channel: HintChannel<{ id: number }>, heard: unknown[]) {
  channel.tell(world.timelines, { id: -1 });
  await eventually(() => expect(heard).toContainEqual({ id: -1 }));
}

it('hands a hint to every listener, and to none that has stopped', async () => {
  const { channel, source, heard, stop } = await listening();
  const others: unknown[] = [];
  source.listen((hint) => others.push(hint));
  channel.tell(world.timelines, { id: 1 });
  await flushed(channel, heard);
  stop();
  channel.tell(world.timelines, { id: 2 });
  await eventually(() => expect(others).toEqual([{ id: 1 }, { id: -1 }, { id: 2 }]));
  expect(heard).toEqual(['resync', { id: 1 }, { id: -1 }]);
});
it('asks its listeners to read everything again once it is subscribed after a cut', async () => {
  const { channel, redis, heard } = await listening();
  await cut(redis);
  await eventually(() => expect(heard).toEqual(['resync', 'resync']));
  await flushed(channel, heard);
});
it('ignores what it cannot understand, as another version or anybody may publish it', async () => {
  const { channel, heard } = await listening();
  for (const message of ['no JSON', '{"id":"one"}', '[]', 'null', '"resync"'])
    await world.timelines.publish(channel.nameOn(world.timelines), message);
  await flushed(channel, heard);
  expect(heard).toEqual(['resync', { id: -1 }]);
});

async function cut(redis: Redis): Promise<void> {
  const closed = new Promise<void>((resolve) => redis.once('close', () => resolve()));
  redis.disconnect(true);
  await closed;
}
