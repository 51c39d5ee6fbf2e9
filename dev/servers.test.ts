import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRedis } from '#core/redis.ts';
import { startClusterNode } from '#testing/cluster.ts';
import { eventually } from '#testing/eventually.ts';
import { startRedis } from './redis.ts';
import { startServers } from './servers.ts';
import { openTempFolder } from './temp-folder.ts';

let folder: ReturnType<typeof openTempFolder>;

beforeEach(() => {
  folder = openTempFolder('servers');
});

afterEach(() => folder.remove());

test('timelines stay warm over an orderly restart', async () => {
  await startWriteAndEnd('stop');
  expect(await readAfterRestart()).toEqual(['1']);
});

test('timelines are cold after a kill, never as old as the last orderly stop', async () => {
  await startWriteAndEnd('stop');
  const server = await startRedis({ role: 'timelines', dataDir: folder.dir });
  server.kill();
  await server.exited;
  expect(await readAfterRestart()).toEqual([]);
});

test('a file that was half written when its server was killed does not stay for ever', async () => {
  const { server, redis } = await startAndWrite('timelines');
  await redis.config('SET', 'rdb-key-save-delay', 60_000_000); // a minute a key
  await redis.bgsave();
  redis.disconnect();
  const halves = () => readdirSync(join(folder.dir, 'timelines')).filter((name) => name !== 'dump.rdb');
  await eventually(() => expect(halves()).toEqual([expect.stringMatching(/^temp-/)]));
  server.kill();
  await server.exited;
  await readAfterRestart();
  expect(halves()).toEqual([]);
});

test('the queue loses nothing when it is killed', async () => {
  await startWriteAndEnd('kill', 'queue');
  expect(await readAfterRestart('queue')).toEqual(['1']);
});

test('a server that an earlier supervisor left behind makes way for the next one', async () => {
  const left = await startRedis({ role: 'queue', dataDir: folder.dir });
  const next = await startRedis({ role: 'queue', dataDir: folder.dir });
  expect(await left.exited).toEqual({ code: 0, signal: null });
  await next.stop(5_000);
});

test('a given Redis Cluster is refused before anything is started', async () => {
  const node = await startClusterNode(folder.dir);
  const dataDir = join(folder.dir, 'data');
  const refused = startServers({ dataDir, given: { timelineRedisUrl: node.url }, log: () => {} });
  await expect(refused).rejects.toThrow(/^TIMELINE_REDIS_URL: .* Redis Cluster/);
  expect(existsSync(dataDir)).toBe(false);
  await node.stop();
});

async function startWriteAndEnd(how: 'stop' | 'kill', role: 'queue' | 'timelines' = 'timelines') {
  const { server, redis } = await startAndWrite(role);
  redis.disconnect();
  if (how === 'kill') server.kill();
  await server.stop(5_000);
}

async function startAndWrite(role: 'queue' | 'timelines') {
  const server = await startRedis({ role, dataDir: folder.dir });
  const redis = openRedis(server.url, 'test');
  await redis.lpush('list', 1);
  return { server, redis };
}

async function readAfterRestart(role: 'queue' | 'timelines' = 'timelines') {
  const server = await startRedis({ role, dataDir: folder.dir });
  const redis = openRedis(server.url, 'test');
  const list = await redis.lrange('list', 0, -1);
  redis.disconnect();
  await server.stop(5_000);
  return list;
}
