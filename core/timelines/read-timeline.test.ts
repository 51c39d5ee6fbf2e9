import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openRedis } from '#core/redis.ts';
import { startRedis } from '#dev/redis.ts';
import { range } from '#testing/people.ts';
import { openWorld, type World } from '#testing/world.ts';
import { numbersOfDump } from './list-dump.ts';
import { type KnownTimeline, newestOf, readTimelines } from './read-timeline.ts';
import { settleOnce } from './settle.ts';
import { epochKey, type TimelineStore, TOP, timelineKey } from './timeline.ts';

let world: World;
let server: Awaited<ReturnType<typeof startRedis>>;
let dataDir: string;
let redis: Redis;
let store: TimelineStore;

// A store of its own: its settings are changed here.
beforeAll(async () => {
  world = await openWorld();
  dataDir = mkdtempSync(join(tmpdir(), 'tweet-fanout-read-'));
  server = await startRedis({ role: 'timelines', dataDir, databases: 1 });
  redis = openRedis(server.url, 'test');
  store = { redis, shards: 1, cap: 100 };
});
beforeEach(async () => {
  await redis.flushall();
  await redis.config('SET', 'rdbcompression', 'no');
  await settleOnce(world.postgres.pool, store);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop(2_000);
  rmSync(dataDir, { recursive: true, force: true });
  await world.close();
});

const KEY = timelineKey(1, { shards: 1 });
const WIDTHS = [7, 12, 15, 23, 31, 52].flatMap((bits) => [
  2 ** bits - 1,
  2 ** bits,
  -(2 ** bits),
  -(2 ** bits) - 1,
]);
const MANY = range(1, 5_000).map((n) => 1_000_000_000 + n * 7);

async function dumpOf(entries: (number | string)[]): Promise<Buffer> {
  await redis.del('list');
  await redis.rpush('list', ...entries);
  const dump = await redis.dumpBuffer('list');
  if (!dump) throw new Error('Expected a list, there is none');
  return dump;
}

async function read(known?: KnownTimeline, from = store): Promise<KnownTimeline> {
  const [found] = await readTimelines(from, [{ userId: 1, known }]);
  if (typeof found !== 'object') throw new Error(`Expected a warm timeline, it is ${found}`);
  return found;
}

it.each([
  ['of every width', [0, 1, -1, ...WIDTHS, TOP, -TOP]],
  ['in many nodes', MANY],
  ['that are all the same, as far as they can be compressed', range(1, 5_000).map(() => 1_000_000_000)],
])('reads numbers %s from the dump of a list, compressed or not', async (_, numbers) => {
  expect(numbersOfDump(await dumpOf(numbers))).toEqual(numbers);
  await redis.config('SET', 'rdbcompression', 'yes');
  expect(numbersOfDump(await dumpOf(numbers))).toEqual(numbers);
});

it('does not read a dump that it does not know', async () => {
  expect(numbersOfDump(await dumpOf([1, 'text', 2]))).toBeNull();
  expect(numbersOfDump(await dumpOf([1, 'x'.repeat(100_000)]))).toBeNull();
  const dump = await dumpOf(MANY);
  expect(numbersOfDump(Buffer.concat([Buffer.of(99), dump.subarray(1)]))).toBeNull();
  for (const length of [0, 5, 11, 100, dump.length - 1])
    expect(numbersOfDump(dump.subarray(0, length))).toBeNull();
  await redis.set('text', 'no list');
  expect(numbersOfDump((await redis.dumpBuffer('text')) ?? Buffer.of())).toBeNull();
});

it('asks for text where it cannot read the dump, and reads the same', async () => {
  await redis.rpush(KEY, 40, 30, 50, 10, -20);
  const expected = await read();
  const forms: unknown[] = [];
  // A store of a version to come, whose lists have another type.
  const later: Redis = Object.assign(Object.create(redis), {
    callBuffer: async (command: string, ...args: (string | number)[]) => {
      const form = args.find((arg) => arg === 'dump' || arg === 'text');
      forms.push(form);
      const reply = await redis.callBuffer(command, ...args);
      if (form === 'dump' && Array.isArray(reply)) for (const each of reply) each[40] = 99;
      return reply;
    },
  });
  expect(await read(undefined, { ...store, redis: later })).toEqual(expected);
  expect(forms).toEqual(['dump', 'text']);
});

it('gives ids newest first, each once, above the floor, whatever the order of their pushes', async () => {
  await redis.rpush(KEY, 40, 30, 50, 30, 20, 10, -20);
  expect(await read()).toMatchObject({ ids: [50, 40, 30], floor: 20, reach: 20 });
});

it('gives back what is known while it is the same, and not in another epoch', async () => {
  await redis.rpush(KEY, 40, 30, 0);
  const known = await read();
  expect(await read(known)).toBe(known);
  const epoch = (await redis.get(epochKey('0'))) ?? '';
  await redis.set(epochKey('0'), epoch.replace(/ .* /, ' of another repair '));
  expect(await read(known)).not.toBe(known);
  await redis.lpush(KEY, 50);
  expect(await read(known)).toMatchObject({ ids: [50, 40, 30] });
});

it('says of the newest part from where on it is all that there is', async () => {
  await redis.rpush(KEY, 50, 40, 30, -20);
  expect(newestOf(await read(), 2)).toMatchObject({ ids: [50, 40], floor: 20, reach: 30 });
  expect(newestOf(await read(), 3)).toMatchObject({ ids: [50, 40, 30], floor: 20, reach: 20 });
});
