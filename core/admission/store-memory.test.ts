import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRedis } from '#core/redis.ts';
import { startRedis } from '#dev/redis.ts';
import type { Server } from '#dev/server.ts';
import { openTempFolder } from '#dev/temp-folder.ts';
import { Link } from '#testing/link.ts';
import { MemoryGauge, parseMemory } from './admission.ts';
import { refuse } from './refuse.ts';

// A server of its own: the bound is a setting of the whole server.
const folder = openTempFolder('memory');
let server: Server;
beforeAll(async () => {
  server = await startRedis({ role: 'timelines', dataDir: folder.dir });
});
afterAll(async () => {
  await server.stop(1_000);
  folder.remove();
});

const limits = { maxWaitS: 10 };
const empty = { deliveries: 0, fanOuts: 0, rate: 100_000 };
it('refuses tweets for a store that is nearly full, also in an empty system, but not those to nobody', async () => {
  const redis = openRedis(server.url, 'test');
  let clock = 0;
  const gauge = new MemoryGauge(
    () => redis.info('memory').then(parseMemory),
    () => clock,
  );
  const withMemory = async () => ({ ...limits, memory: { timelines: await gauge.read() } });
  expect(refuse(10, empty, await withMemory())).toBeNull();
  const used = (await gauge.read())?.used ?? 0;
  await redis.config('SET', 'maxmemory', Math.round(used * 0.7));
  expect(refuse(10, empty, await withMemory())).toBeNull(); // what was read is kept for a second
  clock += 1_000;
  expect(refuse(10, empty, await withMemory())).toMatchObject({ reason: 'timelines full' });
  expect(refuse(0, empty, await withMemory())).toBeNull();
  redis.disconnect();
});

it('knows nothing of a store that does not answer, and does not wait for it', async () => {
  const url = new URL(server.url);
  const link = await Link.open(Number(url.port));
  link.stall();
  const redis = openRedis(Object.assign(url, { port: String(link.port) }).href, 'test');
  const answer = redis.info('memory').then(parseMemory);
  const gauge = new MemoryGauge(() => answer);
  expect(await Promise.race([gauge.read(), answer.catch(() => 'given up')])).toBeNull();
  redis.disconnect();
  await link.close();
});
